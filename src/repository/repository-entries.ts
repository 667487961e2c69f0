/** What lies in the models directory: links are followed inside it, as Kubernetes volumes and file caches have them. */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { isInside } from '../capabilities/filesystem/is-inside.ts';

/** What tells a model from other files. */
export const MODEL_FILE = /^model\.json$|\.onnx$/;

export type Target =
  | { kind: 'folder'; path: string }
  /** Or anything else that is no folder. */
  | { kind: 'file' }
  /** A link that is not followed. */
  | { kind: 'refused'; reason: string };

/** By name. */
export async function entriesIn(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Where a path leads.
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

/** Names that begin with a dot are not for models: `..data` of a Kubernetes volume, `.git`. */
export function isHidden(name: string): boolean {
  return name.startsWith('.');
}

export async function holdsModel(folder: string): Promise<boolean> {
  const entries = await entriesIn(folder).catch(() => []);
  return entries.some(({ name }) => MODEL_FILE.test(name));
}
