/**
 * `npm run build:examples`: each example whose toolchain is here; the others are skipped, with the reason. Those that
 * lie in the repository as built must come out as the same bytes again, where the compiler is the same.
 *
 *   npm run build:examples -- [--lang c,rust] [--write]
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/errors.ts';
import { COMPONENT_FILE } from '../../src/toolkit/install-component.ts';
import { buildExample, digestOfSources } from './build-example.ts';
import { EXAMPLES, exampleName, type Example } from './catalogue.ts';
import { findToolchain } from './toolchains.ts';

/** What each committed component was built from, and by what; a test holds sources and components to it. */
export type BuiltRecord = Record<string, { sources: string; component: string; toolchain: string }>;

export const BUILT_RECORD = join(import.meta.dirname, 'built.json');

export async function readBuiltRecord(): Promise<BuiltRecord> {
  return JSON.parse(await readFile(BUILT_RECORD, 'utf8')) as BuiltRecord;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { lang: { type: 'string' }, write: { type: 'boolean' } } });
  const record = await readBuiltRecord();
  for (const example of EXAMPLES) {
    if (values.lang !== undefined && !values.lang.split(',').includes(example.language)) continue;
    const name = exampleName(example);
    const toolchain = findToolchain(example.language);
    if ('missing' in toolchain) {
      process.stdout.write(`${name}  skipped: ${toolchain.missing}\n`);
      continue;
    }
    process.stdout.write(`${name}  by ${toolchain.version} …\n`);
    const started = performance.now();
    const component = await buildExample(example).catch((error: unknown) => {
      process.exitCode = 1;
      process.stdout.write(`${name}  failed: ${messageOf(error)}\n`);
    });
    if (component === undefined) continue;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stdout.write(`${name}  ${component.length} bytes  ${seconds} s\n`);
    if (!example.committed) continue;
    const built = { component: digest(component), toolchain: toolchain.version };
    if (values.write === true) {
      await writeFile(join(example.folder, COMPONENT_FILE), component);
      record[name] = { sources: await digestOfSources(example), ...built };
    } else compare(example, built, record[name]);
  }
  if (values.write === true) await writeFile(BUILT_RECORD, `${JSON.stringify(record, null, 2)}\n`);
}

function compare(
  example: Example,
  built: Omit<BuiltRecord[string], 'sources'>,
  committed: BuiltRecord[string] | undefined,
): void {
  const name = exampleName(example);
  if (committed?.component === built.component) return;
  if (committed?.toolchain === built.toolchain) {
    process.exitCode = 1;
    process.stdout.write(
      `${name}  differs from the committed component: --write puts this one in its place\n`,
    );
  } else
    process.stdout.write(`${name}  differs from the committed component, built by ${committed?.toolchain}\n`);
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

if (import.meta.main) await main();
