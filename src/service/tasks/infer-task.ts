/**
 * Models behind components as tensor models: files in one BYTES tensor, what the task makes of each in tensors.
 * Every file is a call of its own; calls of one request run side by side, as many as there are guest threads.
 */
import { SandpiperError } from '../../errors.ts';
import { Semaphore } from '../../async/semaphore.ts';
import type { RequestScope } from '../queue/request-scope.ts';
import type { ServedComponent } from '../models/served-component.ts';
import type { Media } from './task-runner.ts';
import { TASK_TENSORS, type TaskTensors } from './task-tensors.ts';
import type {
  ClientTensor,
  InferAnswer,
  InferOptions,
  ModelDescription,
  ModelPort,
} from '../api/tensor-inference.ts';

type Files = readonly Uint8Array[];

/** What a model behind a component takes and gives, in tensors. */
export function describeTask(
  model: ServedComponent,
): Pick<ModelDescription, 'inputs' | 'outputs' | 'labels' | 'ranked' | 'maxBatchSize'> {
  const { input, outputs } = tensorsOf(model);
  const ranked = outputs.some(({ name }) => name === 'indices');
  const labelFile = model.folder.manifest.labels?.file;
  return {
    inputs: [input],
    outputs: outputs.map((port) => ({
      ...port,
      ...(port.name === 'scores' && labelFile !== undefined && { labelFile }),
    })),
    labels: new Map(ranked ? [['scores', model.folder.labels]] : []),
    ranked: new Map(ranked ? [['scores', { indices: 'indices', count: 'top_k' }]] : []),
    maxBatchSize: model.folder.limits.batchSize,
  };
}

/**
 * @throws SandpiperError `invalid-request` for tensors or parameters that the task does not take, and whatever
 *   the file that failed first fails with, its place in the tensor said
 */
export async function inferTask(
  model: ServedComponent,
  inputs: readonly ClientTensor[],
  options: InferOptions,
  scope: RequestScope,
  media: Media,
): Promise<InferAnswer> {
  const task = tensorsOf(model);
  const names = task.outputs.map(({ name }) => name);
  const wanted = options.outputs ?? names;
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw invalid(
      `unexpected inference output '${unknown.slice(0, 100)}' for model '${model.name}', which gives ${names.join(', ')}`,
    );
  }
  const { files, shape } = readFiles(model, task.input, inputs, media.limits.uploadBytes);
  const outputs = await task.run({
    model,
    shape,
    parameters: options.parameters ?? {},
    scope,
    media,
    each: async (one) => callEach(task.input.name, files, model.places, one),
  });
  return {
    model: model.name,
    version: model.folder.version,
    outputs: wanted.flatMap((name) => outputs.filter((output) => output.name === name)),
    batchSize: files.length,
    timing: scope.timing(),
  };
}

function tensorsOf(model: ServedComponent): TaskTensors {
  return TASK_TENSORS[model.folder.manifest.task];
}

function readFiles(
  model: ServedComponent,
  port: ModelPort,
  inputs: readonly ClientTensor[],
  fileBytes: number,
): { files: Files; shape: readonly number[] } {
  const [input] = inputs;
  if (input === undefined || inputs.length > 1 || input.name !== port.name || input.datatype !== 'BYTES') {
    const got = inputs.map(({ name, datatype }) => `'${name.slice(0, 100)}' of ${datatype}`).join(', ');
    throw invalid(`expected 1 input '${port.name}' of BYTES for model '${model.name}', got ${got || 'none'}`);
  }
  const { shape } = input;
  const [count = 0, inner = 1] = shape;
  if (shape.length < 1 || shape.length > 2 || inner !== 1 || count < 1 || input.data.length !== count) {
    throw invalid(
      `unexpected shape for input '${port.name}' of model '${model.name}': expected [N] or [N,1] with a file an element, got [${shape.join(',')}]`,
    );
  }
  const { batchSize } = model.folder.limits;
  if (count > batchSize) {
    throw invalid(`inference request batch-size must be <= ${batchSize} for '${model.name}', got ${count}`);
  }
  const files = input.data as Files;
  const large = files.findIndex((file) => file.byteLength > fileBytes);
  if (large >= 0) {
    throw new SandpiperError(
      'input-too-large',
      `Element ${large} of input '${port.name}' is too large: this service takes files of at most ${fileBytes} bytes.`,
    );
  }
  return { files, shape };
}

/** After the first failure none is begun; it is thrown when those that run have ended, and hold no place any more. */
async function callEach<Answer>(
  input: string,
  files: Files,
  places: number,
  one: (file: Uint8Array) => Promise<Answer>,
): Promise<Answer[]> {
  const turns = new Semaphore(places);
  let failure: { error: unknown; index: number } | undefined;
  const answers = files.map(async (file, index) =>
    turns.run(async () => {
      if (failure !== undefined) return undefined;
      try {
        return await one(file);
      } catch (error) {
        failure ??= { error, index };
        return undefined;
      }
    }),
  );
  const done = await Promise.all(answers);
  if (failure !== undefined) throw failedElement(input, files.length, failure);
  return done.filter((answer) => answer !== undefined);
}

function failedElement(
  input: string,
  count: number,
  { error, index }: { error: unknown; index: number },
): unknown {
  if (count === 1 || !(error instanceof SandpiperError)) return error;
  const message = `Element ${index} of input '${input}': ${error.message}`;
  return new SandpiperError(error.code, message, { cause: error });
}

function invalid(message: string): SandpiperError {
  return new SandpiperError('invalid-request', message);
}
