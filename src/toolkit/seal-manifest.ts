import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Named {
  file?: unknown;
  sha256?: string;
  data?: unknown;
}

/** Keys of a manifest that name one file, and keys that name several. */
const SINGLE = ['component', 'graph', 'labels', 'sample'] as const;
const SEVERAL = ['graphs', 'assets'] as const;
const FILE_KEYS = ['file', 'sha256'];

/**
 * Sets the digest beside each file that a manifest names.
 *
 * @param manifest contents of model.json; it need not be valid otherwise
 * @returns the files
 * @throws Error for a file that cannot be read
 */
export async function sealManifest(manifest: object, folder: string): Promise<string[]> {
  const parts = manifest as Readonly<Record<string, unknown>>;
  const entries = [
    ...SINGLE.map((key) => parts[key]),
    ...SEVERAL.flatMap((key): unknown[] => Object.values(parts[key] ?? {})),
    ...sampleInputs(parts['sample']),
  ];
  const files: string[] = [];
  for (const entry of entries) {
    if (typeof entry !== 'object' || entry === null) continue;
    const named: Named = entry;
    if (typeof named.file !== 'string') continue;
    const bytes = await readFile(join(folder, named.file));
    named.sha256 = hash('sha256', bytes);
    files.push(named.file);
    // A graph may have external data.
    if (Array.isArray(named.data)) entries.push(...(named.data as unknown[]));
  }
  return files;
}

/** The files among a sample's named inputs; the others are texts and JSON. */
function sampleInputs(sample: unknown): unknown[] {
  const { inputs = {} } = Object(sample) as { inputs?: object };
  return Object.values(inputs)
    .flat()
    .filter((value) => Object.keys(Object(value) as object).every((key) => FILE_KEYS.includes(key)));
}
