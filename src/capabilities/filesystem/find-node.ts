import type { FolderNode } from './folder-image.ts';
import { err, ok, type Result } from '../host/result.ts';

/** The cases of wasi:filesystem's `error-code` that occur here. */
export type FileError =
  | 'bad-descriptor'
  | 'exist'
  | 'insufficient-space'
  | 'invalid'
  | 'is-directory'
  | 'name-too-long'
  | 'no-entry'
  | 'not-directory'
  | 'not-empty'
  | 'not-permitted'
  | 'read-only'
  | 'unsupported';

/** In UTF-16 units. */
const MAX_PATH_LENGTH = 4_096;

/**
 * The node at `path`, relative to `base`, above which it may not lead.
 *
 * `..` is resolved textually, which is exact because there are no links.
 */
export function findNode(base: FolderNode, path: string): Result<FolderNode, FileError> {
  if (path.length > MAX_PATH_LENGTH) return err('name-too-long');
  if (path === '') return err('no-entry');
  if (path.startsWith('/')) return err('not-permitted');
  const trail = [base];
  let node = base;
  for (const name of path.split('/')) {
    // Only a folder may be followed by a slash, even a trailing one.
    if (node.kind !== 'folder') return err('not-directory');
    if (name === '..') {
      trail.pop();
      const parent = trail.at(-1);
      if (parent === undefined) return err('not-permitted');
      node = parent;
    } else if (name !== '' && name !== '.') {
      const next = node.entries.get(name);
      if (next === undefined) return err('no-entry');
      trail.push((node = next));
    }
  }
  return ok(node);
}
