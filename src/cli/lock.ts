import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { SandpiperError, messageOf } from '../errors.ts';
import { parseManifest } from '../repository/manifest.ts';
import { sealManifest } from '../toolkit/seal-manifest.ts';

/** `sandpiper lock`: from here on a model folder is served with exactly the files that it has now. */
export function addLockCommand(program: Command): void {
  program
    .command('lock')
    .description('write the digest of each file that model.json names, so that no other is ever served')
    .argument('<folder>', "a model version's folder, such as models/name/1")
    .action(lock);
}

/** @throws SandpiperError `invalid-model` */
async function lock(folder: string): Promise<void> {
  const path = join(folder, 'model.json');
  try {
    const manifest: unknown = JSON.parse(await readFile(path, 'utf8'));
    const files = await sealManifest(Object(manifest) as object, folder);
    const parsed = parseManifest(manifest);
    if ('problem' in parsed) throw new Error(`in model.json, ${parsed.problem}`);
    await writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`);
    process.stdout.write(`Wrote the digests of ${files.join(', ')} into ${path}.\n`);
  } catch (cause) {
    throw new SandpiperError('invalid-model', `Cannot lock ${folder}: ${messageOf(cause)}.`, { cause });
  }
}
