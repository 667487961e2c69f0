import { Worker } from 'node:worker_threads';
import type { ServiceLimits } from '../../config/limits.ts';
import { THREAD_LIMITS } from '../../config/thread-limits.ts';
import type { EngineConnection } from '../../engine/engine.ts';
import { threadEntry } from '../../package-files.ts';
import type { GuestThreadData } from '../guest-protocol.ts';

export type GuestThreadLimits = Pick<ServiceLimits, 'guestHeapBytes' | 'guestStackBytes'>;

/** Starts a thread without the process's environment, options and streams. */
export function startGuestThread(
  slot: number,
  connection: EngineConnection,
  { guestHeapBytes, guestStackBytes }: GuestThreadLimits,
): Worker {
  return new Worker(threadEntry(import.meta.url, './guest-thread.ts'), {
    workerData: connection satisfies GuestThreadData,
    name: `guest-${slot}`,
    env: {},
    // Not the embedder's options, such as preloaded modules or an inspector's port.
    execArgv: [],
    argv: [],
    // Nothing is printed there (guest-thread.ts), and reading the streams would keep the process alive.
    stdout: true,
    stderr: true,
    resourceLimits: {
      ...THREAD_LIMITS,
      maxOldGenerationSizeMb: toMiB(guestHeapBytes),
      stackSizeMb: toMiB(guestStackBytes),
    },
  });
}

function toMiB(bytes: number): number {
  return Math.max(1, Math.floor(bytes / 2 ** 20));
}
