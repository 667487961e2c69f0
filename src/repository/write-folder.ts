/** Writes a command's changes to the image of a folder back to the folder. */
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, invalidConfig } from '../errors.ts';
import type { FolderImage } from '../capabilities/filesystem/folder-image.ts';

/**
 * Writes the changes to a folder. A file or link is replaced as a whole; what the command did not change is not
 * touched.
 *
 * @param before the folder as it was read
 * @throws SandpiperError `invalid-config` if a change cannot be written
 */
export async function writeFolder(before: FolderImage, after: FolderImage, folder: string): Promise<void> {
  try {
    await writeChanges(before, after, folder);
  } catch (cause) {
    throw invalidConfig(
      `Cannot write what the command left in ${folder}: ${messageOf(cause)}; grant a folder that this user may write to.`,
      { cause },
    );
  }
}

async function writeChanges(
  before: FolderImage | undefined,
  after: FolderImage,
  folder: string,
): Promise<void> {
  for (const [name, was] of before?.entries ?? []) {
    const is = after.entries.get(name);
    if (is?.kind !== was.kind || is.id !== was.id)
      await rm(join(folder, name), { recursive: true, force: true });
  }
  for (const [name, node] of after.entries) {
    const path = join(folder, name);
    const was = before?.entries.get(name);
    const same = was?.id === node.id ? was : undefined;
    if (node.kind === 'folder') {
      await mkdir(path, { recursive: true });
      await writeChanges(same?.kind === 'folder' ? same : undefined, node, path);
    } else if (same === undefined || node.changed === true) {
      await replaceFile(path, folder, node.bytes);
    }
  }
}

async function replaceFile(path: string, folder: string, bytes: Uint8Array): Promise<void> {
  const mode = await stat(path).then(
    (found) => found.mode & 0o777,
    () => 0o666,
  );
  const beside = join(folder, `.${randomUUID()}`);
  try {
    await writeFile(beside, bytes, { mode, flag: 'wx' });
    await rename(beside, path);
  } finally {
    await rm(beside, { force: true });
  }
}
