import { availableParallelism, totalmem } from 'node:os';
import { readCgroupLimits, type CgroupLimits } from './cgroup-limits.ts';

const MiB = 2 ** 20;

/** Peak memory of the service with its built-in models, without guest threads. */
const BASE_BYTES = 320 * MiB;
/** Memory of a guest thread with an instance of each model, and of its runs. */
const THREAD_BYTES = 32 * MiB;
/** With this much memory, two sessions of both models' weights leave room for {@link CHILD_BYTES} at the start. */
const ROOMY_BYTES = 448 * MiB;
/** Memory of a process that tries a file or decodes a slow picture, and of the service meanwhile. */
const CHILD_BYTES = 384 * MiB;

/** Resources of this process: the machine's, or those of its control group (a container, a unit) if less. */
export interface Machine {
  /** Cores, rounded up. */
  readonly cores: number;
  readonly memoryBytes: number;
  /** Guest threads, and concurrent runs of graphs: one per core, fewer if memory is short. */
  readonly threads: number;
  /** Whether a graph may have a second, multi-threaded session, which doubles the memory of its weights. */
  readonly roomy: boolean;
  /** Most processes at one time that work on untrusted files. */
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
