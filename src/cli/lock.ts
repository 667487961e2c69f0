import { join } from 'node:path';
import type { Command } from 'commander';
import { messageOf, invalidModel } from '../errors.ts';

/** `sandpiper lock`: writes digests, so that a model folder is only served with its present files. */
export function addLockCommand(program: Command): void {
  program
    .command('lock')
    .description('write the digest of each file that model.json names, so that no other is ever served')
    .argument('<folder>', "a model version's folder, such as models/name/1")
    .action(lock);
}

/** @throws SandpiperError `invalid-model` */
async function lock(folder: string): Promise<void> {
  const [{ parseManifest }, { lockFolder }] = await Promise.all([
    import('../repository/manifest.ts'),
    import('../toolkit/lock-folder.ts'),
  ]);
  try {
    const files = await lockFolder(folder, (manifest) => {
      const parsed = parseManifest(manifest);
      if (!parsed.success) throw new Error(`in model.json, ${parsed.problem}`);
    });
    process.stdout.write(`Wrote the digests of ${files.join(', ')} into ${join(folder, 'model.json')}.\n`);
  } catch (cause) {
    const { code, path } = cause as NodeJS.ErrnoException;
    const remedy =
      path?.endsWith('model.json') === true ? '; name the folder of a version, such as net/1' : '';
    const why = code === undefined ? messageOf(cause) : `${path ?? 'it'} cannot be read (${code})${remedy}`;
    throw invalidModel(`Cannot lock ${folder}: ${why}.`, { cause });
  }
}
