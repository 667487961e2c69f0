import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sealManifest } from './seal-manifest.ts';

/**
 * Writes the digest of each file that a folder's model.json names into it, if any differs.
 *
 * @param check called before anything is written; throws to refuse the manifest
 * @returns the files
 * @throws Error for a file that cannot be read, or a model.json that is not JSON
 */
export async function lockFolder(folder: string, check?: (manifest: unknown) => void): Promise<string[]> {
  const path = join(folder, 'model.json');
  const manifest: unknown = JSON.parse(await readFile(path, 'utf8'));
  const before = JSON.stringify(manifest);
  const files = await sealManifest(Object(manifest) as object, folder);
  check?.(manifest);
  if (JSON.stringify(manifest) !== before) await writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`);
  return files;
}
