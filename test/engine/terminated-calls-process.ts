/** Terminates threads that call the engine's library, each at another moment; prints how many. */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { OnnxRuntime } from '../../src/engine/backends/onnx/runtime/runtime.ts';

const THREADS = 60;
const { handle } = OnnxRuntime.start(2 ** 26);
for (let ended = 0; ended < THREADS; ended++) {
  const thread = new Worker(new URL('./terminated-calls-thread.ts', import.meta.url), { workerData: handle });
  await once(thread, 'message');
  await pause(Math.random() * 3);
  await thread.terminate();
}
process.stdout.write(`${THREADS}\n`);
