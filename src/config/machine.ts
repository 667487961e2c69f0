import { availableParallelism, totalmem } from 'node:os';
import { readCgroupLimits, type CgroupLimits } from './cgroup-limits.ts';

const MiB = 2 ** 20;

/** What the service with its two own models takes at its fullest moment, beside its guest threads. */
const BASE_BYTES = 320 * MiB;
/** A guest thread with an instance of each model, and what its runs take. */
const THREAD_BYTES = 32 * MiB;
/** From here on two models' weights, twice, leave room for {@link CHILD_BYTES} at the start. */
const ROOMY_BYTES = 448 * MiB;
/** A process in which a file is tried, or a slow picture decoded, and what the service takes meanwhile. */
const CHILD_BYTES = 384 * MiB;

/** What this process may use: the machine's, or less where its control group (a container, a unit) has less. */
export interface Machine {
  /** Whole cores: a part of one counts as one. */
  readonly cores: number;
  readonly memoryBytes: number;
  /** Guest threads, and graphs that run at a time: one a core where the memory is enough. */
  readonly threads: number;
  /** Whether a graph may have a second session over all cores, and with that its weights twice. */
  readonly roomy: boolean;
  /** Processes beside the service that may work on untrusted files at one time. */
  readonly children: number;
}

export const MACHINE = sizeMachine(readCgroupLimits(), {
  memoryBytes: totalmem(),
  cores: availableParallelism(),
});

export function sizeMachine(...bounds: readonly CgroupLimits[]): Machine {
  const memoryBytes = Math.min(...bounds.map((each) => each.memoryBytes));
  const cores = Math.max(1, Math.ceil(Math.min(...bounds.map((each) => each.cores))));
  const threads = Math.floor((memoryBytes - BASE_BYTES) / THREAD_BYTES);
  return {
    cores,
    memoryBytes,
    threads: Math.min(cores, Math.max(1, threads)),
    roomy: memoryBytes >= ROOMY_BYTES,
    children: Math.min(cores, Math.max(1, Math.floor(memoryBytes / CHILD_BYTES))),
  };
}
