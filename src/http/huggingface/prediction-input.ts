/** A request to a model of the open contract, in any of the forms that clients use. */
import type { Request, Response } from 'express';
import type { ServiceLimits } from '../../config/limits.ts';
import { alignedBuffer } from '../../codecs/json-tensor.ts';
import { invalidRequest } from '../../errors.ts';
import type {
  InputDescription,
  NamedInput,
  ParameterDescription,
  PredictionDescription,
} from '../../service/api/predictions.ts';
import { wholeInputs, type TaskShape } from '../../service/api/task-shapes.ts';
import { isMultipart, readForm } from '../body/multipart-body.ts';
import { readBody } from '../body/request-body.ts';
import { RequestFieldError } from '../exchange/request-field-error.ts';
import { looksLikeJson } from '../json/json-body.ts';
import type { Waiter } from '../../async/semaphore.ts';
import { runJson } from '../json/run-json.ts';
import { bareInput, fileInputs, soleInput } from '../../service/api/bare-input.ts';
import { jsonFramingBytes, saysJson } from './model-input.ts';
import { readPredictionJson, type JsonPlan, type PredictionJson } from './prediction-json.ts';
import { readTensorFields, type TensorField } from './tensor-fields.ts';

/** Files of a repeated input in one form. */
const MAX_FILES = 64;

/** The field that Hugging Face's clients send a task's one file in. */
const FILE_FIELD = 'file';

/**
 * The bare file, with any or no Content-Type; a form with a field for each input and parameter; or JSON. Parameters may
 * also be in the URL's query, and so may the names of the wanted outputs, separated by commas: `?outputs=text,lines`.
 *
 * @param shape of the task, where it is one of Hugging Face's
 * @throws SandpiperError `invalid-request`, `input-too-large`, `client-gone`
 */
export async function readPredictionInput(
  request: Request,
  response: Response,
  { description, shape }: { description: PredictionDescription; shape: TaskShape | undefined },
  limits: ServiceLimits,
  caller: Waiter,
): Promise<PredictionJson> {
  const [wanted, given] = splitQuery(description, request.query);
  const outputs = wanted && { outputs: wanted };
  const query = fromTexts(description.parameters, given);
  if (isMultipart(request)) {
    const form = await readPredictionForm(request, response, description, limits, caller);
    return { ...outputs, ...form, parameters: { ...query, ...form.parameters } };
  }
  const isJson = saysJson(request);
  const maxBytes = limits.uploadBytes;
  return readBody(request, response, {
    maxBytes,
    framingBytes: isJson ? jsonFramingBytes(maxBytes) : 0,
    use: async (body): Promise<PredictionJson> => {
      if (!isJson && (saysOther(request, description) || !looksLikeJson(body)))
        return { ...outputs, values: [bareFile(description, body)], parameters: query };
      const plan = planOf(description, shape, limits);
      const read = await runJson(
        readPredictionJson,
        [new Uint8Array(alignedBuffer(body)), plan],
        caller,
        limits,
      );
      return { ...outputs, ...read, parameters: { ...query, ...read.parameters } };
    },
  });
}

/** The content type that `fetch` sets for a string body, exactly as it writes it. */
const TYPE_OF_FETCH = 'text/plain;charset=utf-8';

/**
 * Whether somebody chose a type, which is not JSON. curl says a form of its own accord. Text is believed where a text is
 * all that the model needs.
 */
function saysOther(request: Request, { inputs }: PredictionDescription): boolean {
  const type = (request.get('content-type') ?? '').toLowerCase();
  if (/^text\/plain\s*(?:;|$)/.test(type))
    return type !== TYPE_OF_FETCH && soleInput(inputs)?.kind === 'text';
  return !/^(?:application\/x-www-form-urlencoded\s*(?:;|$)|$)/.test(type);
}

/** The wanted outputs, and the parameters. A model's own parameter may be called `outputs`. */
function splitQuery(
  { parameters }: PredictionDescription,
  query: Request['query'],
): [wanted: string[] | undefined, given: [string, unknown][]] {
  const { outputs, ...others } = query;
  const isParameter = parameters.some(({ name }) => name === 'outputs');
  const names = [outputs].flat();
  if (isParameter || !names.every((one) => typeof one === 'string'))
    return [undefined, Object.entries(query)];
  return [names.flatMap((one) => one.split(',')), Object.entries(others)];
}

function planOf(
  { inputs, parameters }: PredictionDescription,
  shape: TaskShape | undefined,
  { bytesElements }: ServiceLimits,
): JsonPlan {
  return {
    inputs: inputs.map((input) => ({
      name: input.name,
      kind: input.kind,
      repeated: input.occurrence === 'repeated',
      ...(input.kind === 'tensor' && { datatype: input.datatype }),
    })),
    whole: wholeInputs(inputs, shape).map(({ name }) => name),
    parameters: parameters.map(({ name }) => name),
    table: shape?.table === true,
    bytesElements,
  };
}

function bareFile({ inputs }: PredictionDescription, body: Buffer): NamedInput {
  const input = bareInput(inputs);
  if (input === undefined) {
    throw invalidRequest('This model takes no file: send JSON, {"inputs": …}.');
  }
  const { name, kind } = input;
  return kind === 'text' ? { name, kind, text: toText('body', body) } : { name, kind: 'file', bytes: body };
}

async function readPredictionForm(
  request: Request,
  response: Response,
  { inputs, parameters }: PredictionDescription,
  limits: ServiceLimits,
  caller: Waiter,
): Promise<PredictionJson> {
  const withFiles = fileInputs(inputs);
  const [first] = withFiles;
  const named = new Map(
    inputs.map(({ name, occurrence }) => [name, occurrence === 'repeated' ? MAX_FILES : 1]),
  );
  if (first !== undefined && !inputs.some(({ name }) => name === FILE_FIELD)) named.set(FILE_FIELD, 1);
  const { files, fields } = await readForm(request, response, {
    fields: named,
    texts: new Set(inputs.filter((input) => !withFiles.includes(input)).map(({ name }) => name)),
    maxBytes: limits.uploadBytes,
    allBytes: Math.max(limits.uploadBytes, limits.tensorBodyBytes),
  });
  const values: NamedInput[] = [];
  const tensors: TensorField[] = [];
  const others: [string, unknown][] = [];
  const take = (input: InputDescription, value: unknown): void => {
    const { name, kind } = input;
    const isText = typeof value === 'string';
    if (isText && kind === 'text') values.push({ name, kind, text: value });
    else if (isText && kind === 'json') values.push({ name, kind, json: value });
    else if (isText && kind === 'tensor') tensors.push({ name, datatype: input.datatype, text: value });
    else throw new RequestFieldError(name, `Field "${name}": expected ${kind}.`);
  };
  for (const [field, parts] of files) {
    const input = inputs.find(({ name }) => name === field) ?? first;
    if (input === undefined) continue;
    const { name } = input;
    for (const bytes of parts) {
      if (withFiles.includes(input)) values.push({ name, kind: 'file', bytes });
      else take(input, toText(`file of input "${name}"`, bytes));
    }
  }
  for (const [name, value] of fields) {
    const input = inputs.find((one) => one.name === name);
    if (input === undefined) others.push([name, value]);
    else for (const one of [value].flat()) take(input, one);
  }
  const read = tensors.length === 0 ? [] : await readTensorFields(tensors, caller, limits);
  return { values: [...values, ...read], parameters: fromTexts(parameters, others) };
}

/** Query and form fields are text, where parameters are numbers and truth values. */
function fromTexts(
  described: readonly ParameterDescription[],
  fields: readonly (readonly [string, unknown])[],
): Record<string, unknown> {
  return Object.fromEntries(
    fields.map(([name, value]) => {
      const kind = described.find((one) => one.name === name)?.kind;
      if (kind === 'boolean' && (value === 'true' || value === 'false')) return [name, value === 'true'];
      const isNumber = (kind === 'integer' || kind === 'number') && typeof value === 'string';
      // A text that is no number stays a text, so that the refusal shows what was sent.
      return [
        name,
        isNumber && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value,
      ];
    }),
  );
}

function toText(what: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalidRequest(`The ${what} is no text in UTF-8.`);
  }
}
