/**
 * The JSON of a request to a model of the open contract: what is in it for each of the model's inputs. It is read on a
 * thread of its own where it is long, and so knows only the plan of the model.
 */
import { readPlainTensor } from '../../codecs/plain-tensor.ts';
import type { Datatype } from '../../service/api/tensor-inference.ts';
import type { InputKind, NamedInput } from '../../service/api/predictions.ts';
import { checkFields, RequestFieldError, unknownField } from '../exchange/request-field-error.ts';
import { parseJsonBody } from '../json/json-body.ts';
import type { JsonTask } from '../json/json-task.ts';
import { readBase64File } from './model-json.ts';
import { predictionJsonSchema } from './schemas.ts';

const TABLE = 'table';

export interface InputPlan {
  readonly name: string;
  readonly kind: InputKind;
  readonly repeated: boolean;
  readonly datatype?: Datatype;
}

/** How `inputs` is to be understood. */
export interface JsonPlan {
  readonly inputs: readonly InputPlan[];
  /** Names of inputs of which `inputs` itself may be the value; none: it holds each by its name. */
  readonly whole: readonly string[];
  /** Names of parameters, which may also stand beside `inputs`. */
  readonly parameters: readonly string[];
  /** Whether `{"table": …}` is what others send as `{"inputs": {"data": …}}`. */
  readonly table: boolean;
  readonly bytesElements: number;
}

export interface PredictionJson {
  readonly values: readonly NamedInput[];
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly outputs?: readonly string[];
  /** Whether the answer is to come as events. */
  readonly stream?: boolean;
}

export const readPredictionJson: JsonTask<[JsonPlan], PredictionJson> = {
  module: import.meta.url,
  name: 'readPredictionJson',
  takes: 'json',
  work: toPredictionJson,
  // Each was decoded from base64, to a buffer of its own.
  buffersOf: ({ values }) =>
    values.flatMap((value) => (value.kind === 'file' ? [value.bytes.buffer as ArrayBuffer] : [])),
};

/** @throws SandpiperError `invalid-request` */
function toPredictionJson(json: Uint8Array, plan: JsonPlan): PredictionJson {
  const exactIntegers = plan.inputs.some(
    ({ kind, datatype }) => kind === 'json' || datatype === 'INT64' || datatype === 'UINT64',
  );
  const body = withTable(checkFields(predictionJsonSchema, parseJsonBody(json, { exactIntegers })), plan);
  const { inputs, parameters: given = {}, outputs, options: _options, stream, ...beside } = body;
  const parameters = { ...pick(beside, plan.parameters), ...given };
  const stray = Object.keys(beside).find((name) => !plan.parameters.includes(name));
  if (stray !== undefined)
    throw unknownField(stray, [...Object.keys(predictionJsonSchema.shape), ...plan.parameters]);
  // A parameter of Hugging Face's tasks may be an input here: a list of labels, say.
  const among = plan.inputs.filter(
    ({ name }) => Object.hasOwn(parameters, name) && !plan.parameters.includes(name),
  );
  const besides = among.flatMap((input) => valuesOf(input, parameters[input.name]));
  const values = [...(inputs === undefined ? [] : readInputs(inputs, plan)), ...besides];
  return {
    values,
    parameters: pick(
      parameters,
      Object.keys(parameters).filter((name) => !among.some((one) => one.name === name)),
    ),
    ...(outputs !== undefined && { outputs }),
    ...(stream !== undefined && { stream }),
  };

  function readInputs(value: unknown, { whole }: JsonPlan): NamedInput[] {
    const candidates = plan.inputs.filter(({ name }) => whole.includes(name));
    const input = isByName(plan, value) ? undefined : candidates.find((candidate) => suits(candidate, value));
    if (input !== undefined) return valuesOf(input, value);
    if (!isObject(value)) throw unsuited(plan, value);
    return Object.entries(value).flatMap(([name, one]) => {
      const named = plan.inputs.find((candidate) => candidate.name === name);
      if (named !== undefined) return valuesOf(named, one);
      throw new RequestFieldError(
        `inputs.${name}`,
        `There is no input "${name.slice(0, 100)}" here: there are ${namesOf(plan)}.`,
      );
    });
  }
}

/** A request of the Python client's for a table, as that of every other client. */
function withTable<Body extends { inputs?: unknown }>(body: Body, plan: JsonPlan): Body {
  const isSent = plan.table && body.inputs === undefined && Object.hasOwn(body, TABLE);
  if (!isSent || plan.parameters.includes(TABLE)) return body;
  const { [TABLE]: data, ...others } = body as Body & Record<typeof TABLE, unknown>;
  return { ...(others as unknown as Body), inputs: { data } };
}

/** Whether an object has values by the names of inputs. A table of Hugging Face's clients, `{"data": …}`, has not. */
function isByName({ inputs }: JsonPlan, value: unknown): boolean {
  if (!isObject(value)) return false;
  const names = Object.keys(value);
  const found = inputs.filter(({ name }) => names.includes(name));
  const isTable = found.length === 1 && found[0]?.name === 'data' && found[0].kind === 'json';
  return names.length > 0 && names.length === found.length && !isTable;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value, alone as `inputs`, can be meant for this input. */
function suits({ kind, repeated }: InputPlan, value: unknown): boolean {
  if (repeated && kind !== 'json' && Array.isArray(value)) return true;
  switch (kind) {
    case 'picture':
    case 'sound':
    case 'file':
    case 'text':
      return typeof value === 'string';
    case 'json':
      return typeof value !== 'string';
    case 'tensor':
      return Array.isArray(value) || (isObject(value) && Array.isArray(value['shape']));
  }
}

function valuesOf(input: InputPlan, value: unknown): NamedInput[] {
  if (value === null && input.kind !== 'json') return [];
  const isList = input.repeated && Array.isArray(value);
  return (isList ? (value as unknown[]) : [value]).map((one) => toInput(input, one));
}

function toInput(input: InputPlan, value: unknown): NamedInput {
  const { name, kind, datatype = 'FP32' } = input;
  const field = `inputs.${name}`;
  switch (kind) {
    case 'picture':
    case 'sound':
    case 'file':
      if (typeof value !== 'string') throw unexpected(field, 'the file in base64', value);
      return { name, kind: 'file', bytes: readBase64File(value, field) };
    case 'text':
      if (typeof value !== 'string') throw unexpected(field, 'a text', value);
      return { name, kind: 'text', text: value };
    case 'json':
      return { name, kind: 'json', json: JSON.stringify(value, toDigits) };
    case 'tensor':
      return { name, kind: 'tensor', tensor: readPlainTensor({ name, datatype }, value, Infinity) };
  }
}

function unsuited(plan: JsonPlan, value: unknown): RequestFieldError {
  const kinds = plan.inputs.filter(({ name }) => plan.whole.includes(name)).map(({ kind }) => kind);
  const expected =
    kinds.length === 0 ? `an object with ${namesOf(plan)}` : kinds.map((kind) => WORDS[kind]).join(' or ');
  return unexpected('inputs', expected, value);
}

function unexpected(field: string, expected: string, value: unknown): RequestFieldError {
  const got = Array.isArray(value)
    ? 'a list'
    : isObject(value)
      ? 'an object'
      : JSON.stringify(value, toDigits);
  return new RequestFieldError(field, `Field "${field}": expected ${expected}, got ${got.slice(0, 40)}.`);
}

const WORDS: Readonly<Record<InputKind, string>> = {
  picture: 'a picture in base64',
  sound: 'a sound in base64',
  file: 'a file in base64',
  text: 'a text',
  json: 'JSON',
  tensor: 'a tensor',
};

function namesOf({ inputs }: JsonPlan): string {
  return inputs.map(({ name }) => `"${name}"`).join(', ');
}

function pick(from: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}

/** The digits that the client wrote, all of them. */
function toDigits(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? JSON.rawJSON(String(value)) : value;
}
