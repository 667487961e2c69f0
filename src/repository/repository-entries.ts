/** Entries of the models directory. Links are followed inside it: Kubernetes volumes and file caches use them. */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { BACKENDS } from '../engine/backends.ts';
import { isInside } from '../capabilities/filesystem/is-inside.ts';

export const MANIFEST_FILE = 'model.json';
/** One of these is all that the folder of a bare graph needs, as in the repositories of Triton. */
export const GRAPH_FILES = BACKENDS.map(({ extension }) => `model${extension}`);
/** One of these is what a model's folder has at the least. */
export const MODEL_FILES = [MANIFEST_FILE, ...GRAPH_FILES];

export function isGraphFile(name: string): boolean {
  return BACKENDS.some(({ extension }) => name.endsWith(extension));
}

/** Whether a file marks a model. */
export function isModelFile(name: string): boolean {
  return name === MANIFEST_FILE || isGraphFile(name);
}

export type Target =
  | { kind: 'folder'; path: string }
  /** Anything that is no folder. */
  | { kind: 'file' }
  /** A link that may not be followed. */
  | { kind: 'refused'; reason: string };

export async function entriesIn(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Follows a path.
 *
 * @param root the models directory, without links in its path
 */
export async function follow(root: string, path: string): Promise<Target> {
  try {
    const real = await realpath(path);
    if (!(await stat(real)).isDirectory()) return { kind: 'file' };
    if (isInside(root, real)) return { kind: 'folder', path: real };
    return {
      kind: 'refused',
      reason:
        'it is a link that leads out of the models directory: put what it leads to inside, or mount it there',
    };
  } catch {
    return { kind: 'refused', reason: 'it is a link to nothing that can be read: mend or remove it' };
  }
}

/** Names that begin with a dot are no models: `..data` of a Kubernetes volume, `.git`. */
export function isHidden(name: string): boolean {
  return name.startsWith('.');
}

export async function holdsModel(folder: string): Promise<boolean> {
  const entries = await entriesIn(folder).catch(() => []);
  return entries.some(({ name }) => isModelFile(name));
}

/** Whether a path is one of a folder; false also for what is not there. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
