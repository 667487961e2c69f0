/** Guests of test/guests in AssemblyScript that speak the open contract. What is built is kept by its sources. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOfSources } from '../../components/built-record.ts';
import { compile } from '../../components/compile.ts';
import { readContract, toComponent } from '../../components/world.ts';

const root = join(import.meta.dirname, '..', '..');
const cache = join(root, '.cache', 'test-guests');

/** `two-pictures`: two pictures and a text in, JSON and a tensor out. `every-value`: every kind in and out. */
export type PredictorGuest = 'two-pictures' | 'every-value';

/** The component's bytes. */
export async function buildPredictor(name: PredictorGuest): Promise<Uint8Array> {
  const sources = [`test/guests/${name}`, 'components/sdk', 'wit'].map((folder) => join(root, folder));
  const kept = join(cache, `${name}-${(await digestOfSources(sources)).slice(0, 16)}.wasm`);
  const found = await readFile(kept).catch(() => undefined);
  if (found !== undefined) return found;
  const core = await compile({
    name: `../test/guests/${name}`,
    world: 'predictor',
    exports: 'sandpiper:inference/prediction@0.1.0',
  });
  const component = await toComponent(core, 'predictor', await readContract());
  await mkdir(cache, { recursive: true });
  const aside = `${kept}.${process.pid}`;
  await writeFile(aside, component);
  await rename(aside, kept);
  return component;
}
