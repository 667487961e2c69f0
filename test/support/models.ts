import { createHash, randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The models that come with the project. */
export const modelsDir = join(import.meta.dirname, '../../models');

export const imageModel = 'efficientnet-lite0';
export const speechModel = 'moonshine-tiny';

/**
 * A directory of these two alone, which most tests ask: with all models that come with the project a service takes
 * twice as long to start, and with pictures alone half as long.
 */
export function usualModels(): string {
  return modelsOf([imageModel, speechModel]);
}

/** A directory of some. Files are links to the originals, in a folder named by what the manifests say of them. */
export function modelsOf(names: readonly string[]): string {
  const manifests = names.map((name) => readFileSync(join(modelsDir, name, '1', 'model.json')));
  const digest = createHash('sha256').update(Buffer.concat(manifests)).digest('hex').slice(0, 16);
  const folder = join(modelsDir, '../test/.models', digest);
  if (existsSync(folder)) return folder;
  // Test files run side by side: whoever is first puts it there as a whole.
  const aside = `${folder}-${randomUUID()}`;
  for (const name of names) {
    const [from, to] = [join(modelsDir, name, '1'), join(aside, name, '1')];
    mkdirSync(to, { recursive: true });
    for (const entry of readdirSync(from, { withFileTypes: true }))
      if (entry.isFile()) linkSync(join(from, entry.name), join(to, entry.name));
  }
  try {
    renameSync(aside, folder);
  } catch {
    rmSync(aside, { recursive: true });
  }
  return folder;
}

/** Names of all models that come with the project. */
export async function shippedModels(): Promise<string[]> {
  const entries = await readdir(modelsDir, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

interface Manifest {
  sample: { file: string; expect: string };
  limits?: Record<string, number>;
}

/** A model's own sample: the file's bytes and what the model is expected to say. */
export async function readSample(
  model: string,
): Promise<{ bytes: Buffer<ArrayBuffer>; file: string; expect: string }> {
  const folder = join(modelsDir, model, '1');
  const { sample } = await readManifest(folder);
  return { bytes: await readFile(join(folder, sample.file)), ...sample };
}

/** A directory of copies of some models, to be changed by a test; gone when it is disposed of. */
export async function copyModels(
  names: readonly string[],
  change: (manifest: Manifest) => void = () => {},
): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'sandpiper-models-'));
  for (const name of names) {
    const folder = join(path, name, '1');
    await cp(join(modelsDir, name, '1'), folder, { recursive: true });
    const manifest = await readManifest(folder);
    change(manifest);
    await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
  }
  return { path, [Symbol.asyncDispose]: async () => rm(path, { recursive: true, force: true }) };
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as Manifest;
}
