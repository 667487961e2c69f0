/** Entries of the models directory. Links are followed inside it: Kubernetes volumes and file caches use them. */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { isInside } from '../capabilities/filesystem/is-inside.ts';

/** Files that mark a model. */
export const MODEL_FILE = /^model\.json$|\.onnx$/;

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
  return entries.some(({ name }) => MODEL_FILE.test(name));
}

/** Whether a path is one of a folder; false also for what is not there. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
