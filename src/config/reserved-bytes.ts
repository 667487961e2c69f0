/**
 * Address space that threads reserve and that `ulimit -d` counts, although little of it is used: V8's range for machine
 * code, 64 MiB a thread (start-thread.ts) and 512 MiB for the main thread, and stacks.
 */
import { THREAD_LIMITS } from '../start-thread.ts';

const MiB = 2 ** 20;

const MAIN_THREAD_BYTES = 512 * MiB;
/** Stacks of the threads of Node, V8, ONNX Runtime and libvips. */
const NATIVE_STACKS_BYTES = 192 * MiB;
/** A thread's code range, stack, and heap reserve. */
const THREAD_BYTES = (THREAD_LIMITS.codeRangeSizeMb + 32) * MiB;
/** Threads for sound, JSON and translation, and one that replaces another. */
const OTHER_THREADS = 4;

export function reservedBytes(guestThreads: number): number {
  // Each guest thread may have another beside it, for sounds or for outgoing HTTP.
  const threads = 2 * guestThreads + OTHER_THREADS;
  return MAIN_THREAD_BYTES + NATIVE_STACKS_BYTES + threads * THREAD_BYTES;
}
