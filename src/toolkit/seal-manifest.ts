import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Named {
  file?: unknown;
  sha256?: string;
  data?: unknown;
}

/** The keys of a manifest that name one file, and those that name several. */
const SINGLE = ['component', 'graph', 'labels', 'sample'] as const;
const SEVERAL = ['graphs', 'assets'] as const;

/**
 * Sets the digest beside each file that a manifest names, whatever stood there.
 *
 * @param manifest what model.json holds; it need not be sound beyond that
 * @returns the files
 * @throws Error for a file that cannot be read
 */
export async function sealManifest(manifest: object, folder: string): Promise<string[]> {
  const parts = manifest as Readonly<Record<string, unknown>>;
  const entries = [
    ...SINGLE.map((key) => parts[key]),
    ...SEVERAL.flatMap((key): unknown[] => Object.values(parts[key] ?? {})),
  ];
  const files: string[] = [];
  for (const entry of entries) {
    if (typeof entry !== 'object' || entry === null) continue;
    const named: Named = entry;
    if (typeof named.file !== 'string') continue;
    const bytes = await readFile(join(folder, named.file));
    named.sha256 = createHash('sha256').update(bytes).digest('hex');
    files.push(named.file);
    // A graph's weights may be in files beside it.
    if (Array.isArray(named.data)) entries.push(...(named.data as unknown[]));
  }
  return files;
}
