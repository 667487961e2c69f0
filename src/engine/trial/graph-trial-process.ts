/** The child process in which a graph is tried: loads it as the engine would, and reports the cost. */
import { answerParent } from '../../trial/answer-parent.ts';
import { peakMemory } from '../../trial/peak-memory.ts';
import { watchMemory } from '../../trial/watch-memory.ts';
import { backendOf } from '../backends.ts';
import { EngineError } from '../engine-error.ts';

export interface GraphTrialInput {
  model: Uint8Array;
  /** Memory that loading may take. */
  bytes: number;
}

export interface GraphTrialAnswer {
  /** CPU time of loading, over all threads. */
  cpuMs: number;
  /** Whether it exceeded its memory, for too short a time to be caught by polling. */
  overMemory: boolean;
  /** Why the engine refuses the graph, which is harmless; `undefined` if it accepts it. */
  refusal: string | undefined;
}

/** No real limit: with a full arena the engine skips constants here that it would compute in the service. */
const ARENA_BYTES = 2 ** 40;

await answerParent(async (input): Promise<GraphTrialAnswer> => {
  const { model, bytes } = input as GraphTrialInput;
  const { runtime } = backendOf(model).start(ARENA_BYTES);
  const mostBytes = process.memoryUsage.rss() + bytes;
  await watchMemory(mostBytes);
  const before = process.cpuUsage();
  const refusal = await runtime.load(model, { threads: 1 }).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof EngineError) return error.message;
      throw error;
    },
  );
  const { user, system } = process.cpuUsage(before);
  const overMemory = peakMemory() > mostBytes;
  return { cpuMs: Math.ceil((user + system) / 1_000), overMemory, refusal };
});
