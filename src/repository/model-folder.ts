/** A model folder in memory: manifest checked, every file read and verified. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MODEL_LIMITS, type ModelLimits } from '../config/limits.ts';
import { messageOf, SandpiperError } from '../errors.ts';
import { FolderImageReader, type FolderImage } from './folder-image.ts';
import { packageFile } from '../package-files.ts';
import { FolderReader } from './folder-reader.ts';
import { parseManifest, type Manifest } from './manifest.ts';

export interface ModelFolder {
  name: string;
  version: number;
  manifest: Manifest;
  limits: ModelLimits;
  /** The component file. */
  component: Uint8Array;
  graphs: ReadonlyMap<string, { model: SharedArrayBuffer; wide: boolean }>;
  assets: ReadonlyMap<string, SharedArrayBuffer>;
  /** What `grants.folders` gives, by the component's paths. */
  folders: ReadonlyMap<string, FolderImage>;
  /** By class index; empty where the manifest names none. */
  labels: readonly string[];
  sample: Uint8Array;
  /** Unix seconds at which model.json was written. */
  created: number;
}

/** Components that come with the service. */
const BUILTIN_COMPONENTS = packageFile('components/build/');

/** @throws SandpiperError `invalid-model`, with the remedy */
export async function readModelFolder(folder: string, name: string, version: number): Promise<ModelFolder> {
  const model = `${name}/${version}`;
  const path = join(folder, 'model.json');
  const manifest = await readManifest(path, model);
  const reader = new FolderReader(folder, model);
  const [component, graphs, assets, labels, sample, { mtimeMs }] = await Promise.all([
    readComponent(manifest, reader, model),
    readAll(manifest.graphs, async (graph) => ({
      model: (await reader.read(graph)).buffer,
      wide: graph.threads === 'all-when-idle',
    })),
    readAll(manifest.assets, async (asset) => (await reader.read(asset)).buffer),
    manifest.labels === undefined ? [] : reader.read(manifest.labels).then(linesOf),
    reader.read(manifest.sample).then(unshared),
    stat(path),
  ]);
  const given = Object.entries(manifest.limits).filter(([, value]) => value !== undefined);
  const limits: ModelLimits = { ...MODEL_LIMITS, ...Object.fromEntries(given) };
  assertAssetSizes(assets, limits, model);
  const images = new FolderImageReader(model, folder, limits.folderBytes);
  const folders = await readAll(manifest.grants.folders ?? {}, async (inner) => images.read(inner));
  const created = Math.floor(mtimeMs / 1000);
  return { name, version, manifest, limits, component, graphs, assets, folders, labels, sample, created };
}

async function readManifest(path: string, model: string): Promise<Manifest> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new SandpiperError('invalid-model', `Cannot load model ${model}: it has no readable model.json.`, {
      cause,
    });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new SandpiperError(
      'invalid-model',
      `Cannot load model ${model}: model.json is not JSON (${messageOf(error)}).`,
    );
  }
  const parsed = parseManifest(json);
  if ('problem' in parsed) {
    throw new SandpiperError(
      'invalid-model',
      `Cannot load model ${model}: in model.json, ${parsed.problem}.`,
    );
  }
  return parsed.manifest;
}

async function readComponent(manifest: Manifest, reader: FolderReader, model: string): Promise<Uint8Array> {
  if (!('builtin' in manifest.component)) return reader.read(manifest.component);
  const { builtin } = manifest.component;
  return readFile(fileURLToPath(new URL(`${builtin}.wasm`, BUILTIN_COMPONENTS))).catch((cause: unknown) => {
    throw new SandpiperError(
      'invalid-model',
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

/** Decoders of pictures and sound refuse shared memory. */
function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function linesOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString('utf8').trimEnd().split(/\r?\n/);
}

function assertAssetSizes(
  assets: ReadonlyMap<string, SharedArrayBuffer>,
  limits: ModelLimits,
  model: string,
): void {
  for (const [name, { byteLength }] of assets) {
    if (byteLength > limits.assetBytes) {
      throw new SandpiperError(
        'invalid-model',
        `Cannot load model ${model}: asset ${name} has ${byteLength} bytes, over its limit assetBytes of ${limits.assetBytes}.`,
      );
    }
  }
}
