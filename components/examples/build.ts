/**
 * `npm run build:examples`: each example whose toolchain is here; the others are skipped, with the reason. Those that
 * lie in the repository as built must come out as the same bytes again, where the compiler is the same.
 *
 *   npm run build:examples -- [--lang c,rust] [--write]
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/errors.ts';
import { COMPONENT_FILE } from '../../src/toolkit/install-component.ts';
import { digestOfBytes, readBuiltRecord, writeBuiltRecord, type BuiltRecord } from '../built-record.ts';
import { buildExample, digestOfExample } from './build-example.ts';
import { EXAMPLES, exampleName, type Example } from './catalogue.ts';
import { findToolchain } from './toolchains.ts';

const here = import.meta.dirname;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { lang: { type: 'string' }, write: { type: 'boolean' } } });
  const record = await readBuiltRecord(here);
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
    const built = { component: digestOfBytes(component), toolchain: toolchain.version };
    if (values.write === true) {
      await writeFile(join(example.folder, COMPONENT_FILE), component);
      record[name] = { sources: await digestOfExample(example), ...built };
    } else compare(example, built, record[name]);
  }
  if (values.write === true) await writeBuiltRecord(here, record);
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

if (import.meta.main) await main();
