import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { $init, generateTypes as generate } from '@bytecodealliance/jco-transpile/component';
import { CONSOLE_TYPES, loggingOf } from './read-script.ts';
import { readWit } from './wit-text.ts';

/**
 * Writes what TypeScript, and an editor of JavaScript, know of a world: a declaration of each module that a component may
 * import, and of what it exports. They are the outcome of a build, and belong into no repository.
 *
 * @param options.world in the project's folder `wit`
 * @param options.folder replaced if it exists
 */
export async function generateTypes({ world, folder }: { world: string; folder: string }): Promise<void> {
  await $init;
  const files = generate(world, {
    wit: { tag: 'source', val: await readWit('wit') },
    world,
    guest: true,
    features: { tag: 'list', val: [] },
  });
  await rm(folder, { recursive: true, force: true });
  for (const [name, contents] of files) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, asQuickJs(new TextDecoder().decode(contents)));
  }
  if ((await loggingOf(world)) === undefined) return;
  await writeFile(join(folder, 'console.d.ts'), CONSOLE_TYPES);
  const own = join(folder, `${world}.d.ts`);
  await writeFile(own, `/// <reference path="./console.d.ts" />\n${await readFile(own, 'utf8')}`);
}

/** QuickJS's tools take and give a number for 64 bits, and trap on a bigint, which jco has. */
function asQuickJs(declarations: string): string {
  return declarations.replaceAll(/\bbigint\b/g, 'number');
}
