import type { Worker } from 'node:worker_threads';
import type { ServiceLimits } from '../../config/limits.ts';
import { startThread } from '../../start-thread.ts';
import type { EngineConnection } from '../../engine/engine.ts';
import { threadEntry } from '../../package-files.ts';

export type GuestThreadLimits = Pick<ServiceLimits, 'guestHeapBytes' | 'guestStackBytes'>;

/** Starts a thread without the process's environment, options and streams. */
export function startGuestThread(
  slot: number,
  connection: EngineConnection,
  { guestHeapBytes, guestStackBytes }: GuestThreadLimits,
): Worker {
  return startThread(threadEntry(import.meta.url, './guest-thread.ts'), {
    workerData: connection,
    name: `guest-${slot}`,
    // Nothing is printed there (guest-thread.ts), and reading the streams would keep the process alive.
    stdout: true,
    stderr: true,
    resourceLimits: {
      maxOldGenerationSizeMb: toMiB(guestHeapBytes),
      stackSizeMb: toMiB(guestStackBytes),
    },
  });
}

function toMiB(bytes: number): number {
  return Math.max(1, Math.floor(bytes / 2 ** 20));
}
