/**
 * Builds the components into components/build/<name>.wasm.
 *
 *     node components/build.ts            all of them
 *     node components/build.ts <name>…    these
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ComponentSource, catalogue } from './catalogue.ts';
import { compile } from './compile.ts';
import { readContract, toComponent } from './world.ts';

const outFolder = join(import.meta.dirname, 'build');

/** The component's bytes: the same for the same sources, on every machine. */
export async function build(source: ComponentSource, contract: string): Promise<Uint8Array> {
  return toComponent(await compile(source), source.world, contract);
}

async function main(names: string[]): Promise<void> {
  const unknown = names.find((name) => !catalogue.some((source) => source.name === name));
  if (unknown !== undefined) {
    throw new Error(`no component "${unknown}"; there are ${catalogue.map(({ name }) => name).join(', ')}`);
  }
  const wanted = catalogue.filter(({ name }) => names.length === 0 || names.includes(name));
  const contract = await readContract();
  await mkdir(outFolder, { recursive: true });
  for (const source of wanted) {
    const started = performance.now();
    const component = await build(source, contract);
    await writeFile(join(outFolder, `${source.name}.wasm`), component);
    const took = Math.round(performance.now() - started);
    process.stdout.write(`${source.name}.wasm  ${component.length} bytes  ${took} ms\n`);
  }
}

if (import.meta.main) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
