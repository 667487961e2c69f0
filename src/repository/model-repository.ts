/** The directory of model folders: `<name>/<version>/`, as Triton has them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../config/settings.ts';
import { SandpiperError } from '../errors.ts';

export const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const VERSION = /^[1-9][0-9]{0,8}$/;

/** Where one version of a model lies. */
export interface ModelPlace {
  folder: string;
  name: string;
  version: number;
}

/**
 * Every version of every model, by name and version.
 *
 * @throws SandpiperError `invalid-config` when the directory cannot be read
 */
export async function findModels(directory: string): Promise<ModelPlace[]> {
  const names = (await foldersIn(directory)).filter((name) => MODEL_NAME.test(name));
  return (await Promise.all(names.map(async (name) => versionsIn(directory, name)))).flat();
}

/** Every version of one model. @throws SandpiperError `not-found` where there is none */
export async function findVersions(directory: string, name: string): Promise<ModelPlace[]> {
  const found = MODEL_NAME.test(name) ? await versionsIn(directory, name).catch(() => []) : [];
  if (found.length === 0)
    throw new SandpiperError(
      'not-found',
      `There is no model ${JSON.stringify(name.slice(0, 100))} in the repository.`,
    );
  return found;
}

/** Those of one or more models that are to be served. */
export function versionsToServe(
  places: readonly ModelPlace[],
  versions: Settings['versions'],
): readonly ModelPlace[] {
  if (versions === 'all') return places;
  const highest = new Map<string, ModelPlace>();
  for (const place of places) {
    if (place.version > (highest.get(place.name)?.version ?? 0)) highest.set(place.name, place);
  }
  return [...highest.values()];
}

async function versionsIn(directory: string, name: string): Promise<ModelPlace[]> {
  const versions = (await foldersIn(join(directory, name))).filter((version) => VERSION.test(version));
  return versions
    .map((version) => ({ folder: join(directory, name, version), name, version: Number(version) }))
    .toSorted((a, b) => a.version - b.version);
}

async function foldersIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause: unknown) => {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new SandpiperError(
      'invalid-config',
      `Cannot read the models directory ${directory} (${code}): name an existing one with --models.`,
      { cause },
    );
  });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
}
