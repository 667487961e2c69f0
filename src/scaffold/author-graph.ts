/** A graph as its author has it: its file, and those beside it in which an exporter put its weights. */
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { atOnce } from '../async/turns.ts';
import { backendOf } from '../engine/backends.ts';
import { FolderReader } from '../repository/folder-reader.ts';
import { readGraph } from '../repository/read-graph.ts';

export interface AuthorGraph {
  path: string;
  /** With its data inside. */
  model: Uint8Array;
  /** Files of its data, by their paths from its own folder. */
  data: readonly string[];
}

/** @throws SandpiperError `invalid-model` for data that cannot be read or does not fit; what reading a file throws */
export async function readAuthorGraph(path: string): Promise<AuthorGraph> {
  const file = await readFile(path);
  const { externalData } = backendOf(file);
  const data = externalData === undefined ? [] : atOnce(externalData.locating(file));
  if (data.length === 0) return { path, model: file, data };
  const name = basename(path);
  return { path, model: await readGraph(new FolderReader(dirname(path), name), name), data };
}

/** @param name of the graph's file there */
export async function copyAuthorGraph(
  { path, data }: Pick<AuthorGraph, 'path' | 'data'>,
  folder: string,
  name: string,
): Promise<void> {
  await copyFile(path, join(folder, name));
  for (const location of data) {
    await mkdir(dirname(join(folder, location)), { recursive: true });
    await copyFile(join(dirname(path), location), join(folder, location));
  }
}
