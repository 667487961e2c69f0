/**
 * Which sources committed components were built from, and by what: `built.json` beside them. A test holds both to it,
 * so that neither is changed without the other.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const RECORD = 'built.json';

/** By the component's name; both digests are SHA-256 in hexadecimal. */
export type BuiltRecord = Record<string, { sources: string; component: string; toolchain: string }>;

export async function readBuiltRecord(folder: string): Promise<BuiltRecord> {
  return JSON.parse(await readFile(join(folder, RECORD), 'utf8')) as BuiltRecord;
}

export async function writeBuiltRecord(folder: string, record: BuiltRecord): Promise<void> {
  await writeFile(join(folder, RECORD), `${JSON.stringify(record, null, 2)}\n`);
}

export function digestOfBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Digest of every file below the folders that is not itself the outcome of a build. */
export async function digestOfSources(folders: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of folders) {
    for (const path of await sourcesIn(folder)) {
      hash.update(`${path}\n`).update(await readFile(join(folder, path)));
    }
  }
  return hash.digest('hex');
}

async function sourcesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name !== RECORD && !entry.name.endsWith('.wasm'))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .toSorted();
}
