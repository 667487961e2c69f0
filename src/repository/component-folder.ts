/** The folder of a model behind a component: every file that its manifest names, read and verified. */
import { readFile } from 'node:fs/promises';
import type { ModelLimits } from '../config/limits.ts';
import { invalidModel } from '../errors.ts';
import { FolderImageReader, type FolderImage } from '../capabilities/filesystem/folder-image.ts';
import { builtinComponent } from './builtin-components.ts';
import type { FolderReader } from './folder-reader.ts';
import {
  isBuiltinComponent,
  isManifestFile,
  isSoleFile,
  type ComponentManifest,
  type ManifestSample,
} from './manifest.ts';
import { readGraph } from './read-graph.ts';
import type { GraphThreads } from '../engine/engine.ts';

export interface GraphFile {
  /** The file's bytes, external data included. */
  model: Uint8Array;
  threads: GraphThreads;
}

/** Contents of every model folder. */
export interface FolderContents {
  name: string;
  version: number;
  limits: ModelLimits;
  /** Labels by class index; empty if the manifest names none. */
  labels: readonly string[];
  /** Modification time of model.json, or else of the graph, in Unix seconds. */
  created: number;
}

/** Contents of the folder of a model behind a component. */
export interface ComponentFolder extends FolderContents {
  kind: 'component';
  manifest: ComponentManifest;
  component: Uint8Array;
  graphs: ReadonlyMap<string, GraphFile>;
  assets: ReadonlyMap<string, SharedArrayBuffer>;
  /** Granted folders, by the paths under which the component sees them. */
  folders: ReadonlyMap<string, FolderImage>;
  /** Files of the sample by input, each in its order; that of a sample of one file by an empty name. */
  sampleFiles: ReadonlyMap<string, readonly Uint8Array[]>;
}

/** Contents beyond those of every model folder. */
type Contents = Pick<ComponentFolder, 'component' | 'graphs' | 'assets' | 'folders' | 'sampleFiles'>;

/**
 * @param model for messages: `name/version`
 * @throws SandpiperError `invalid-model`, with the remedy
 */
export async function readComponentFolder(
  manifest: ComponentManifest,
  model: string,
  reader: FolderReader,
  { folder, limits }: { folder: string; limits: ModelLimits },
): Promise<Contents> {
  const [component, graphs, assets, sampleFiles] = await Promise.all([
    readComponent(manifest, reader, model),
    readAll(manifest.graphs, async (graph) => ({
      model: await readGraph(reader, graph.file, graph),
      threads: graph.threads,
    })),
    readAll(manifest.assets, async (asset) => shared(await reader.read(asset))),
    readSample(manifest.sample, reader),
  ]);
  assertAssetSizes(assets, limits, model);
  const images = new FolderImageReader(`model ${model}`, folder, limits.folderBytes);
  const folders = await readAll(manifest.grants.folders ?? {}, async (inner) => images.read(inner));
  return { component, graphs, assets, folders, sampleFiles };
}

/** Files of a sample by input, each in its order; that of a sample of one file by `''`. */
async function readSample(
  sample: ManifestSample,
  reader: FolderReader,
): Promise<ReadonlyMap<string, readonly Uint8Array[]>> {
  if (isSoleFile(sample)) return new Map([['', [await reader.read(sample)]]]);
  const named = Object.entries(sample.inputs).map(([name, value]) => [name, [value].flat()] as const);
  const read = named.map(async ([name, values]) => {
    const files = values.filter(isManifestFile);
    return [name, await Promise.all(files.map(async (file) => reader.read(file)))] as const;
  });
  return new Map((await Promise.all(read)).filter(([, files]) => files.length > 0));
}

async function readComponent(
  manifest: ComponentManifest,
  reader: FolderReader,
  model: string,
): Promise<Uint8Array> {
  const { component } = manifest;
  if (!isBuiltinComponent(component))
    return reader.read(component, { remedy: 'build it, or restore the file' });
  const { builtin } = component;
  return readFile(builtinComponent(builtin)).catch((cause: unknown) => {
    throw invalidModel(
      `Cannot load model ${model}: there is no built-in component "${builtin}"; build those of this repository with \`npm run build:components\`.`,
      { cause },
    );
  });
}

async function readAll<Entry, Value>(
  entries: Readonly<Record<string, Entry>>,
  read: (entry: Entry) => Promise<Value>,
): Promise<Map<string, Value>> {
  return new Map(
    await Promise.all(Object.entries(entries).map(async ([key, entry]) => [key, await read(entry)] as const)),
  );
}

function shared(bytes: Uint8Array): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes.byteLength);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

function assertAssetSizes(
  assets: ReadonlyMap<string, SharedArrayBuffer>,
  limits: ModelLimits,
  model: string,
): void {
  for (const [name, { byteLength }] of assets) {
    if (byteLength > limits.assetBytes) {
      throw invalidModel(
        `Cannot load model ${model}: asset ${name} has ${byteLength} bytes, over its limit assetBytes of ${limits.assetBytes}.`,
      );
    }
  }
}
