/** Times one of the ways of some work that take turns. */
import { setTimeout as pause } from 'node:timers/promises';

/**
 * By default the threads of an ONNX Runtime session spin for 46 ms after a run, which takes a core from what is timed next.
 */
const REST_MS = 60;

/** @returns milliseconds, after a rest */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  await pause(REST_MS);
  const started = performance.now();
  await work();
  return performance.now() - started;
}
