import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * `resourceLimits` of every long-lived thread. By default V8 reserves 512 MiB of writable address space a thread for
 * machine code, nearly all of it unused, which counts against the limit processBytes. It also lets the young generation
 * grow to 48 MiB; here young objects die with their request. Half of this takes a photo 5 % more processor time.
 */
export const THREAD_LIMITS = { codeRangeSizeMb: 64, maxYoungGenerationSizeMb: 12 } as const;

/** The same for the main thread, as a flag of Node: the size of each half in MiB, of three that V8 counts. */
export const YOUNG_GENERATION = '--max-semi-space-size=4';

/** Starts a thread. Deny by default: it has no environment, flags or arguments of this process. */
export function startThread(entry: URL, { resourceLimits, ...options }: WorkerOptions): Worker {
  const limits = { ...resourceLimits, ...THREAD_LIMITS };
  return new Worker(entry, { ...options, env: {}, execArgv: [], argv: [], resourceLimits: limits });
}
