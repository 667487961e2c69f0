/** The process in which a graph is tried: loads it as the engine would, and says what that took. */
import { answerTrial } from '../trial/answer-trial.ts';
import { watchMemory } from '../trial/watch-memory.ts';
import { EngineError } from './engine-error.ts';
import { OnnxRuntime } from './onnxruntime/runtime.ts';

export interface GraphTrialInput {
  model: Uint8Array;
  /** What loading may take. */
  bytes: number;
}

export interface GraphTrialAnswer {
  /** Processor time of loading, of all threads. */
  cpuMs: number;
  /** Whether it took more memory than it may, for too short a time to be seen meanwhile. */
  overMemory: boolean;
  /** What the engine has against the graph, which does no harm; `undefined` if it takes it. */
  refusal: string | undefined;
}

/** An arena that is full makes the engine do without what it would compute in the service: no limit is met here. */
const ARENA_BYTES = 2 ** 40;

await answerTrial(async (input): Promise<GraphTrialAnswer> => {
  const { model, bytes } = input as GraphTrialInput;
  const runtime = OnnxRuntime.start(ARENA_BYTES);
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
  const overMemory = process.resourceUsage().maxRSS * 1_024 > mostBytes;
  return { cpuMs: Math.ceil((user + system) / 1_000), overMemory, refusal };
});
