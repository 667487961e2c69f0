/** The process in which a graph is tried: loads it as an engine thread would, and says what that took. */
import { answerTrial } from '../trial/answer-trial.ts';
import type { LoadOptions } from './backend.ts';
import { EngineError } from './engine-error.ts';
import { createOnnxRuntime } from './onnxruntime.ts';

export interface GraphTrialInput {
  model: Uint8Array;
  options: LoadOptions;
}

export interface GraphTrialAnswer {
  /** Processor time of loading, of all threads. */
  cpuMs: number;
  /** What the engine has against the graph, which does no harm; `undefined` if it takes it. */
  refusal: string | undefined;
}

await answerTrial(async (input): Promise<GraphTrialAnswer> => {
  const { model, options } = input as GraphTrialInput;
  const backend = createOnnxRuntime();
  const before = process.cpuUsage();
  const refusal = await backend.load(model, options).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof EngineError) return error.message;
      throw error;
    },
  );
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: Math.ceil((user + system) / 1_000), refusal };
});
