/** The directory of model folders: `<name>/<version>/`, as in Triton. */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../config/settings.ts';
import { SandpiperError, invalidConfig } from '../errors.ts';
import { TRITON_CONFIG_FILE } from './triton-config.ts';
import { entriesIn, follow, holdsModel, isHidden, isModelFile, GRAPH_FILES } from './repository-entries.ts';

export const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const VERSION = /^[1-9][0-9]{0,8}$/;

export interface ModelLocation {
  folder: string;
  name: string;
  version: number;
  /** The models directory, if there is one: links to folders are followed inside it. */
  directory?: string;
}

/** Something that looks like a model and cannot be served. */
export interface UnusableLocation {
  name: string;
  /** Name of the version's folder; empty if there is none. */
  version: string;
  /** The fault and the remedy: the end of a sentence, without paths outside the models directory. */
  reason: string;
}

export interface FoundModels {
  /** Every version of every model, by name and version. */
  locations: ModelLocation[];
  unusable: UnusableLocation[];
}

const NOTHING: FoundModels = { locations: [], unusable: [] };
const BAD_NAME =
  'the name of a model is up to 64 letters, digits, dots, dashes and underscores, the first a letter or a digit: rename the folder';
const BAD_VERSION = 'a version is a whole number from 1, without zeros in front: rename the folder';

/** @throws SandpiperError `invalid-config` when the directory cannot be read */
export async function findModels(directory: string): Promise<FoundModels> {
  const entries = await entriesIn(directory).catch((cause: unknown) => {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    throw invalidConfig(
      `Cannot read the models directory ${directory} (${code}): name an existing one by the setting models.`,
      { cause },
    );
  });
  const root = await realpath(directory);
  const models = await Promise.all(entries.map(async ({ name }) => findModel(root, name)));
  return {
    locations: models.flatMap(({ locations }) => locations),
    unusable: models.flatMap(({ unusable }) => unusable),
  };
}

/** Every version of one model. @throws SandpiperError `not-found` where there is none */
export async function findVersions(directory: string, name: string): Promise<ModelLocation[]> {
  const found = await findModels(directory).catch(() => NOTHING);
  const locations = found.locations.filter((location) => location.name === name);
  if (locations.length > 0) return locations;
  const why = found.unusable.find((location) => location.name === name)?.reason;
  const shown = JSON.stringify(name.slice(0, 100));
  throw new SandpiperError(
    'not-found',
    why === undefined
      ? `There is no model ${shown} in the repository.`
      : `There is no version of model ${shown} in the repository: ${why}.`,
  );
}

/** The versions to serve, of any number of models. */
export function versionsToServe(
  locations: readonly ModelLocation[],
  versions: Settings['versions'],
): readonly ModelLocation[] {
  if (versions === 'all') return locations;
  const highest = new Map<string, ModelLocation>();
  for (const location of locations) {
    if (location.version > (highest.get(location.name)?.version ?? 0)) highest.set(location.name, location);
  }
  return [...highest.values()];
}

/** @param root the models directory, without links in its path */
async function findModel(root: string, name: string): Promise<FoundModels> {
  const unusable = unusableOf(name);
  if (isHidden(name)) return NOTHING;
  const target = await follow(root, join(root, name));
  if (target.kind === 'refused') return unusable('', target.reason);
  if (target.kind === 'file') {
    if (!isModelFile(name)) return NOTHING;
    return unusable(
      '',
      `it is a file: a model is a folder with a folder for each version, <name>/1/${GRAPH_FILES.join(' or ')}`,
    );
  }
  const entries = await entriesIn(target.path).catch(() => undefined);
  if (entries === undefined) return unusable('', 'its folder cannot be read: see to its permissions');
  const versions = await Promise.all(
    entries.map(async (entry) => findVersion(root, { name, folder: target.path }, entry.name)),
  );
  const found: FoundModels = {
    locations: versions.flatMap(({ locations }) => locations).toSorted((a, b) => a.version - b.version),
    unusable: firstOfEach(versions.flatMap((version) => version.unusable)),
  };
  if (!MODEL_NAME.test(name)) {
    const models = await Promise.all(found.locations.map(async ({ folder }) => holdsModel(folder)));
    return models.includes(true) || found.unusable.length > 0 ? unusable('', BAD_NAME) : NOTHING;
  }
  const isEmpty = found.locations.length === 0 && found.unusable.length === 0;
  if (isEmpty && entries.some((entry) => entry.name === TRITON_CONFIG_FILE))
    return unusable('', `it has no folder of a version: put its files into ${name}/1`);
  return found;
}

async function findVersion(
  root: string,
  model: { name: string; folder: string },
  entry: string,
): Promise<FoundModels> {
  const { name } = model;
  const unusable = unusableOf(name);
  if (isHidden(entry)) return NOTHING;
  const target = await follow(root, join(model.folder, entry));
  if (target.kind === 'refused') return unusable(entry, target.reason);
  if (target.kind === 'file') {
    if (!isModelFile(entry)) return NOTHING;
    return unusable('', `${entry} is in no folder of a version: put it into ${name}/1`);
  }
  if (VERSION.test(entry)) {
    const location = { folder: target.path, name, version: Number(entry), directory: root };
    return { locations: [location], unusable: [] };
  }
  return (await holdsModel(target.path)) ? unusable(entry, BAD_VERSION) : NOTHING;
}

function unusableOf(name: string): (version: string, reason: string) => FoundModels {
  return (version, reason) => ({
    locations: [],
    unusable: [{ name, version, reason }],
  });
}

/** Reports each model and version once: several files may lie in place of a version. */
function firstOfEach(locations: readonly UnusableLocation[]): UnusableLocation[] {
  return locations.filter(
    (location) => locations.find(({ version }) => version === location.version) === location,
  );
}
