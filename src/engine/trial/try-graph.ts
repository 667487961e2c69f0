import type { Waiter } from '../../async/semaphore.ts';
import { threadEntry } from '../../package-files.ts';
import { runTrial } from '../../trial/run-trial.ts';
import type { GraphTrialAnswer, GraphTrialInput } from './graph-trial-process.ts';
import type { Verdict } from './verdict-cache.ts';

/** Its client is undefined for a graph of a folder. */
export type TrialWaiter = Waiter & { signal: AbortSignal };

export interface TrialLimits {
  ms: number;
  /** Memory that loading may take. */
  bytes: number;
}

/** CPU time of starting the process and ONNX Runtime. */
const START_MS = 1_000;

/**
 * Allocations fail at this much over the limit at which the process is ended: above the largest constant that ONNX Runtime
 * computes at load, since on a failed allocation it skips a constant that it would compute in the service.
 */
const ALLOCATED_BYTES = 4 * 2 ** 30;

/** Messages of ONNX Runtime and the C++ library for a failed allocation. */
const NO_MEMORY = /bad_alloc|failed to allocate|bad array new length|out of memory|runMemoryBytes/i;

/** Loads a graph in a child process, `graph-trial-process.ts`. @returns `undefined` if the signal ended it */
export async function tryGraph(
  model: Uint8Array,
  { ms, bytes }: TrialLimits,
  { signal, client }: TrialWaiter,
): Promise<Verdict | undefined> {
  const end = await runTrial<GraphTrialAnswer>({
    entry: threadEntry(import.meta.url, './graph-trial-process.ts'),
    input: { model, bytes } satisfies GraphTrialInput,
    ms: ms + START_MS,
    memoryBytes: bytes + ALLOCATED_BYTES,
    signal,
    client,
  });
  switch (end.kind) {
    case 'answer': {
      const { cpuMs, overMemory, refusal } = end.answer;
      if (overMemory || (refusal !== undefined && NO_MEMORY.test(refusal)))
        return { kind: 'over-memory', limitBytes: bytes };
      return { kind: 'harmless', cpuMs };
    }
    case 'error':
      if (NO_MEMORY.test(end.error.message)) return { kind: 'over-memory', limitBytes: bytes };
      return { kind: 'died', how: end.error.message };
    case 'over-time':
      return { kind: 'over-time', limitMs: ms };
    case 'over-memory':
      return { kind: 'over-memory', limitBytes: bytes };
    case 'died':
      return end;
    case 'given-up':
      return undefined;
  }
}
