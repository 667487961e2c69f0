/** Loads mutants one after the other as the service would, and says of each what it is and what came, a line each. */
import { writeSync } from 'node:fs';
import { EngineError } from '../../src/engine/engine-error.ts';
import { inspectGraph } from '../../src/engine/inspect-graph.ts';
import { OnnxRuntime } from '../../src/engine/backends/onnx/runtime/runtime.ts';
import { bases } from './graph-bases.ts';
import { mutateGraph } from './mutate-graph.ts';
import { Random } from './random.ts';

const [seed = 0, first = 0, last = 0] = process.argv.slice(2).map(Number);
const runtime = OnnxRuntime.start(2 ** 30);
const originals = bases();

for (let number = first; number < last; number++) {
  const random = new Random(Math.imul(seed, 1_000_003) + number);
  const mutant = mutateGraph(random.pick(originals), random.pick(originals), random);
  const tried = isTried(mutant);
  say({ number, tried });
  if (typeof tried === 'string') continue;
  try {
    runtime.unload(await runtime.load(mutant, { threads: 1 }));
    say({ number, came: 'loads' });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    say({ number, came: `refused: ${error.code}` });
  }
}

/** Whether the service would try it first; what is refused by reading, as text. */
function isTried(mutant: Uint8Array): boolean | string {
  try {
    return inspectGraph(mutant, { bare: true }).doubt !== undefined;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return 'refused by reading';
  }
}

/** The line is out before the mutant is loaded, whatever that does. A pipe that is full is waited for. */
function say(line: object): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
