/**
 * Models that take one file, as tensor models: files in one BYTES tensor, what the task makes of each in tensors.
 * Every file is a call of its own; calls of one request run side by side, as many as there are guest threads.
 */
import { SandpiperError, inputTooLarge, invalidRequest } from '../../errors.ts';
import { Semaphore } from '../../async/semaphore.ts';
import type { ServedComponent } from '../models/served-component.ts';
import type { ClientTensor, ModelPort } from '../api/tensor-inference.ts';

type Files = readonly Uint8Array[];

export interface FilesRequest {
  model: ServedComponent;
  /** The one input. */
  port: ModelPort;
  inputs: readonly ClientTensor[];
  /** That a file may have. */
  fileBytes: number;
}

/**
 * @returns what came of each file, and the shape of the input
 * @throws SandpiperError `invalid-request` for tensors that are not files, `input-too-large`, and whatever the file
 *   that failed first fails with, its place in the tensor said
 */
export async function inferFiles<Answer>(
  request: FilesRequest,
  one: (file: Uint8Array) => Promise<Answer>,
): Promise<{ answers: Answer[]; shape: readonly number[] }> {
  const { files, shape } = readFiles(request);
  return { answers: await callEach(request.port.name, files, request.model.runSlots, one), shape };
}

function readFiles({ model, port, inputs, fileBytes }: FilesRequest): {
  files: Files;
  shape: readonly number[];
} {
  const [input] = inputs;
  if (input === undefined || inputs.length > 1 || input.name !== port.name || input.datatype !== 'BYTES') {
    const got = inputs.map(({ name, datatype }) => `'${name.slice(0, 100)}' of ${datatype}`).join(', ');
    throw invalidRequest(
      `expected 1 input '${port.name}' of BYTES for model '${model.name}', got ${got || 'none'}`,
    );
  }
  const { shape } = input;
  const [count = 0, inner = 1] = shape;
  if (shape.length < 1 || shape.length > 2 || inner !== 1 || count < 1 || input.data.length !== count) {
    throw invalidRequest(
      `unexpected shape for input '${port.name}' of model '${model.name}': expected [N] or [N,1] with a file an element, got [${shape.join(',')}]`,
    );
  }
  const { batchSize } = model.folder.limits;
  if (count > batchSize) {
    throw invalidRequest(
      `inference request batch-size must be <= ${batchSize} for '${model.name}', got ${count}`,
    );
  }
  const files = input.data as Files;
  const large = files.findIndex((file) => file.byteLength > fileBytes);
  if (large >= 0) {
    throw inputTooLarge(
      `Element ${large} of input '${port.name}' is too large: this service takes files of at most ${fileBytes} bytes.`,
    );
  }
  return { files, shape };
}

/** After the first failure none is begun; it is thrown when those that run have ended, and hold no place any more. */
async function callEach<Answer>(
  input: string,
  files: Files,
  runSlots: number,
  one: (file: Uint8Array) => Promise<Answer>,
): Promise<Answer[]> {
  const slots = new Semaphore(runSlots);
  let failure: { error: unknown; index: number } | undefined;
  const answers = files.map(async (file, index) =>
    slots.run(async () => {
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
  if (failure === undefined) return done.filter((answer) => answer !== undefined);
  const { error, index } = failure;
  if (files.length === 1 || !(error instanceof SandpiperError)) throw error;
  const message = `Element ${index} of input '${input}': ${error.message}`;
  throw new SandpiperError(error.code, message, { cause: error });
}
