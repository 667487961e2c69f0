/** The directory of model folders: `<name>/<version>/model.json`. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SandpiperError } from '../errors.ts';
import { readModelFolder, type ModelFolder } from './model-folder.ts';

export const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const VERSION = /^[1-9][0-9]{0,8}$/;

/**
 * Reads the highest version of every model.
 *
 * @throws SandpiperError `invalid-config` when there is no model at all, `invalid-model` for the first bad one
 */
export async function readModelRepository(directory: string): Promise<ModelFolder[]> {
  const found = await findModels(directory);
  if (found.length === 0) {
    throw new SandpiperError(
      'invalid-config',
      `There is no model in ${directory}: expected <name>/<version>/model.json; name another directory with --models.`,
    );
  }
  return Promise.all(
    found.map(({ name, version }) => readModelFolder(join(directory, name, String(version)), name, version)),
  );
}

async function findModels(directory: string): Promise<{ name: string; version: number }[]> {
  const names = (await foldersIn(directory)).filter((name) => MODEL_NAME.test(name));
  const models = await Promise.all(
    names.map(async (name) => {
      const versions = (await foldersIn(join(directory, name))).filter((version) => VERSION.test(version));
      return versions.length === 0 ? [] : [{ name, version: Math.max(...versions.map(Number)) }];
    }),
  );
  return models.flat();
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
