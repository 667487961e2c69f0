import type { BareTensor } from '../../src/engine/bare-tensor.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { guestOf, startEngine } from './guest-thread.ts';

/** ONNX Runtime itself, for tests of what it takes: any model, loaded and run once on the test's own thread. */

/** For all test files of the process, to its end. */
let engine: Engine | undefined;
let last = 0;

/** @returns every output by name. @throws EngineError */
export async function runModel(
  model: Uint8Array,
  inputs: Readonly<Record<string, Omit<BareTensor, 'name'>>>,
): Promise<Record<string, BareTensor>> {
  engine ??= startEngine();
  const key = `model-${++last}`;
  const graph = await engine.load(key, model, { threads: 'one', bare: true });
  using thread = guestOf(engine);
  try {
    const given = Object.entries(inputs).map(([name, tensor]) => ({ name, ...tensor }));
    const outputs = thread.guest.run(
      graph,
      given,
      graph.facts.outputs.map(({ name }) => name),
    );
    return Object.fromEntries(
      outputs.map((output) => {
        const { name, dimensions } = output;
        return [name, { name, dimensions, bytes: thread.guest.read(output).slice() }];
      }),
    );
  } finally {
    engine.unload(key);
  }
}
