/** The classifier of test/guests/composed-*: two components, each built by itself, composed into one. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, print } from '@bytecodealliance/jco-transpile/wasm-tools';
import { compile } from '../../components/compile.ts';
import { readContract, toComponent } from '../../components/world.ts';

const guests = join(import.meta.dirname, '..', 'guests');

/** The two halves, by the interfaces that they export. */
const HALVES = {
  preprocessor: 'sandpiper:composed/preprocessing',
  postprocessor: 'sandpiper:inference/image-classification@0.1.0',
} as const;

export async function buildComposedClassifier(): Promise<Uint8Array> {
  let composition = await readFile(join(guests, 'composed-classifier', 'composition.wat'), 'utf8');
  for (const half of ['preprocessor', 'postprocessor'] as const) {
    const text = await print(await buildHalf(half));
    const named = text.replace('(component', () => `(component $${half}`);
    composition = composition.replace(`(component $${half})`, () => named);
  }
  return parse(composition);
}

async function buildHalf(half: keyof typeof HALVES): Promise<Uint8Array> {
  const wit = await readFile(join(guests, 'composed-classifier', 'composed.wit'), 'utf8');
  const core = await compile({
    name: `../test/guests/composed-${half}`,
    world: half,
    exports: HALVES[half],
  });
  return toComponent(core, `sandpiper:composed/${half}`, `${await readContract()}\n${wit}`);
}
