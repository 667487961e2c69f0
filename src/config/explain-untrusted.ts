/**
 * Whether what lies in a folder or file can be taken for what this process, or one of the same user, has put there. Code is
 * run from the cache directory, so any other user who could write there could run code as this one.
 */
import type { Stats } from 'node:fs';

const OTHERS_MAY_WRITE = 0o022;

/** @returns what is wrong with it; undefined where nothing is, or the system has no owners and modes */
export function explainUntrusted({ uid, mode }: Pick<Stats, 'uid' | 'mode'>): string | undefined {
  const own = process.geteuid?.();
  if (own === undefined) return undefined;
  if (uid !== own && uid !== 0) return `it belongs to another user (${uid})`;
  if ((mode & OTHERS_MAY_WRITE) !== 0) {
    return `others may write to it (mode ${(mode & 0o777).toString(8)}): chmod go-w it`;
  }
  return undefined;
}
