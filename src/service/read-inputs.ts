/** A program's values as named inputs, by what the model says that each is. */
import { SandpiperError, invalidRequest } from '../errors.ts';
import type { InputDescription, NamedInput, PredictionInputs, PredictionTensor } from './api/predictions.ts';
import type { FileInput } from './api/request.ts';
import { tensorFault } from './api/task-options.ts';
import { assertFits, readFile, type ReadFileOptions } from './read-file.ts';

/** @throws SandpiperError `invalid-request`, `input-too-large`; the signal's reason */
export async function readInputs(
  inputs: PredictionInputs,
  described: readonly InputDescription[],
  options: ReadFileOptions,
): Promise<NamedInput[]> {
  if (typeof inputs !== 'object' || inputs === null)
    throw invalidRequest('Expected the inputs as an object of values by their names.');
  const read = Object.entries(inputs).map(async ([name, value]): Promise<NamedInput[]> => {
    if (value === undefined) return [];
    const input = described.find((one) => one.name === name);
    // An unknown name is refused later, where the model is known.
    if (input === undefined) return [{ name, kind: 'text', text: '' }];
    const values: readonly unknown[] =
      input.occurrence === 'repeated' && Array.isArray(value) ? value : [value];
    return Promise.all(values.map(async (one) => readValue(input, one, options)));
  });
  return (await Promise.all(read)).flat();
}

async function readValue(
  { name, kind }: InputDescription,
  value: unknown,
  options: ReadFileOptions,
): Promise<NamedInput> {
  switch (kind) {
    case 'picture':
    case 'sound':
    case 'file':
      return { name, kind: 'file', bytes: await readNamedFile(name, value as FileInput, options) };
    case 'text':
      if (typeof value !== 'string') throw invalid(name, 'a text');
      return { name, kind: 'text', text: value };
    case 'json': {
      const json: unknown = JSON.stringify(value);
      if (typeof json !== 'string') throw invalid(name, 'a value that JSON has words for');
      return { name, kind: 'json', json };
    }
    case 'tensor':
      if (tensorFault(value) !== undefined)
        throw invalid(
          name,
          'a tensor: its datatype, its shape, and its data as bytes, those of a Float32Array say',
        );
      return { name, kind: 'tensor', tensor: value as PredictionTensor };
  }
}

/** Says of which input a file is that cannot be read. */
async function readNamedFile(name: string, file: FileInput, options: ReadFileOptions): Promise<Uint8Array> {
  try {
    return file instanceof Uint8Array ? assertFits(file, options) : await readFile(file, options);
  } catch (error) {
    if (!(error instanceof SandpiperError)) throw error;
    throw new SandpiperError(error.code, `Input "${name}": ${error.message}`, { cause: error });
  }
}

function invalid(name: string, expected: string): SandpiperError {
  return invalidRequest(`Input "${name}": expected ${expected}.`);
}
