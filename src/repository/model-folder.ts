/** A model folder in memory: manifest checked, every file read and verified. */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { parseJson } from '../config/json-value.ts';
import { MODEL_LIMITS, type ModelLimits } from '../config/limits.ts';
import { messageOf, invalidModel } from '../errors.ts';
import {
  readComponentFolder,
  type ComponentFolder,
  type FolderContents,
  type GraphFile,
} from './component-folder.ts';
import { FolderReader, linesOf } from './folder-reader.ts';
import { parseManifest, type GraphManifest, type Manifest } from './manifest.ts';
import { MODEL_NAME, type ModelLocation } from './model-repository.ts';
import { entriesIn, isGraphFile, MANIFEST_FILE, MODEL_FILES } from './repository-entries.ts';
import { readGraph } from './read-graph.ts';
import { readTritonConfig, type TritonConfig } from './triton-config.ts';

/** Contents of the folder of a bare graph. */
export interface GraphFolder extends FolderContents {
  kind: 'graph';
  manifest: Pick<GraphManifest, 'task' | 'licence' | 'source' | 'labels'>;
  /** Triton's configuration, read only if there is no manifest. */
  triton?: TritonConfig | undefined;
  graph: GraphFile & { file: string };
}

export type ModelFolder = ComponentFolder | GraphFolder;

/**
 * Asserts that a folder has a valid manifest or a graph, without reading its files.
 *
 * @throws SandpiperError `invalid-model`
 */
export async function assertReadable(folder: string, model: string): Promise<void> {
  if ((await loneGraphIn(folder)) === undefined) await readManifest(folder, model);
}

/** @throws SandpiperError `invalid-model`, with the remedy */
export async function readModelFolder(location: ModelLocation): Promise<ModelFolder> {
  const { folder, name, version, directory } = location;
  const model = `${name}/${version}`;
  const reader = new FolderReader(folder, model, directory);
  const graph = await loneGraphIn(folder);
  if (graph !== undefined)
    return {
      name,
      version,
      ...(await readLoneGraph(graph, reader)),
      triton: await readTriton(location),
      created: await createdAt(folder, graph),
    };
  const created = await createdAt(folder, MANIFEST_FILE);
  return { name, version, ...(await readStated(folder, model, reader)), created };
}

/** Reads a graph by its path, as if its folder had nothing else. @throws SandpiperError `invalid-model` */
export async function readGraphFile(path: string): Promise<GraphFolder> {
  const [folder, file] = [dirname(path), basename(path)];
  const stem = basename(file, extname(file));
  const name = MODEL_NAME.test(stem) ? stem : 'model';
  const contents = await readLoneGraph(file, new FolderReader(folder, file));
  return { name, version: 1, ...contents, created: await createdAt(folder, file) };
}

/** The folder of a version may be a link: the configuration is in the folder of its model, not beside the target. */
async function readTriton({ folder, name, directory }: ModelLocation): Promise<TritonConfig | undefined> {
  const model = directory === undefined ? dirname(folder) : join(directory, name);
  return readTritonConfig(model, name, directory);
}

type Contents<Folder extends ModelFolder> = Omit<Folder, 'name' | 'version' | 'created'>;

/** Reads a graph without a manifest. It gets a multi-threaded session, since nothing says that it should save memory. */
async function readLoneGraph(file: string, reader: FolderReader): Promise<Contents<GraphFolder>> {
  const model = await readGraph(reader, file);
  return {
    kind: 'graph',
    manifest: { task: 'tensors', licence: 'NOASSERTION', source: 'NOASSERTION' },
    limits: MODEL_LIMITS,
    labels: [],
    graph: { file, model, threads: 'all-when-idle' },
  };
}

async function readStated(
  folder: string,
  model: string,
  reader: FolderReader,
): Promise<Contents<ComponentFolder> | Contents<GraphFolder>> {
  const manifest = await readManifest(folder, model);
  const given = Object.entries(manifest.limits).filter(([, value]) => value !== undefined);
  const limits: ModelLimits = { ...MODEL_LIMITS, ...Object.fromEntries(given) };
  const labels = manifest.labels === undefined ? [] : linesOf(await reader.read(manifest.labels));
  if (manifest.task !== 'tensors') {
    const contents = await readComponentFolder(manifest, model, reader, { folder, limits });
    return { kind: 'component', manifest, limits, labels, ...contents };
  }
  const { file, threads } = manifest.graph;
  const bytes = await readGraph(reader, file, manifest.graph);
  const graph = { file, model: bytes, threads };
  return { kind: 'graph', manifest, limits, labels, graph };
}

async function readManifest(folder: string, model: string): Promise<Manifest> {
  const text = await readFile(join(folder, MANIFEST_FILE), 'utf8').catch(async (cause: unknown) => {
    const graph = (await entriesIn(folder).catch(() => [])).find(({ name }) => isGraphFile(name))?.name;
    const remedy = graph && `; call ${graph} model${extname(graph)}, or name it in a ${MANIFEST_FILE}`;
    throw invalidModel(
      `Cannot load model ${model}: it has no readable ${MODEL_FILES.join(' or ')}${remedy ?? ''}.`,
      { cause },
    );
  });
  const json = parseJson(text, (cause) =>
    invalidModel(`Cannot load model ${model}: model.json is not JSON (${messageOf(cause)}).`),
  );
  const parsed = parseManifest(json);
  if (!parsed.success) {
    throw invalidModel(`Cannot load model ${model}: in model.json, ${parsed.problem}.`);
  }
  return parsed.manifest;
}

/** The graph of a folder without a manifest; undefined where there is a manifest or no graph. */
async function loneGraphIn(folder: string): Promise<string | undefined> {
  const names = (await entriesIn(folder).catch(() => [])).map(({ name }) => name);
  const first = MODEL_FILES.find((file) => names.includes(file));
  return first === MANIFEST_FILE ? undefined : first;
}

/** In seconds; 0 for a file that is not there. */
async function createdAt(folder: string, file: string): Promise<number> {
  const { mtimeMs } = await stat(join(folder, file)).catch(() => ({ mtimeMs: 0 }));
  return Math.floor(mtimeMs / 1000);
}
