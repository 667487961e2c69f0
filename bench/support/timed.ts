/** Times one of the ways of some work that take turns. */
import { setTimeout as pause } from 'node:timers/promises';

/**
 * The threads of a session of ONNX Runtime look for work for 46 ms after a run, by default: on two cores whoever comes next
 * would have one of them.
 */
const REST_MS = 60;

/** @returns milliseconds, after a rest */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  await pause(REST_MS);
  const started = performance.now();
  await work();
  return performance.now() - started;
}
