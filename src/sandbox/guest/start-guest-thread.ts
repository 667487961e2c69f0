import { Worker } from 'node:worker_threads';
import type { ServiceLimits } from '../../config/limits.ts';
import { THREAD_LIMITS } from '../../config/thread-limits.ts';
import type { EngineConnection } from '../../engine/engine.ts';
import { threadEntry } from '../../package-files.ts';
import type { GuestThreadData } from '../guest-protocol.ts';

export type GuestThreadLimits = Pick<ServiceLimits, 'guestHeapBytes' | 'guestStackBytes'>;

/** A thread that keeps no process alive, and has nothing of this one's environment, options and streams. */
export function startGuestThread(
  slot: number,
  connection: EngineConnection,
  { guestHeapBytes, guestStackBytes }: GuestThreadLimits,
): Worker {
  const worker = new Worker(threadEntry(import.meta.url, './guest-thread.ts'), {
    workerData: connection satisfies GuestThreadData,
    name: `guest-${slot}`,
    env: {},
    // An embedder's own options, such as a module to load first or an inspector's port, are not for these threads.
    execArgv: [],
    argv: [],
    // Nothing is printed there (guest-thread.ts). Reading the two would keep the process alive.
    stdout: true,
    stderr: true,
    resourceLimits: {
      ...THREAD_LIMITS,
      maxOldGenerationSizeMb: toMiB(guestHeapBytes),
      stackSizeMb: toMiB(guestStackBytes),
    },
  });
  worker.unref();
  return worker;
}

function toMiB(bytes: number): number {
  return Math.max(1, Math.floor(bytes / 2 ** 20));
}
