import type { z } from 'zod';
import { OWN_FORMATS } from '../../codecs/element-formats.ts';
import { elementCount } from '../../element-types.ts';
import { type ErrorCode, SandpiperError } from '../../errors.ts';
import { MAX_VALUES, type NamedOutput, type PredictionDescription } from '../../service/api/predictions.ts';
import type { InferenceService, ModelSummary } from '../../service/api/tasks.ts';
import { readBody } from '../body/request-body.ts';
import { refuseBeforeBody } from '../exchange/refuse-before-body.ts';
import { findModel } from '../exchange/find-model.ts';
import { contextOf, optionsOf } from '../exchange/request-context.ts';
import { checkFields, RequestFieldError, unsupportedField } from '../exchange/request-field-error.ts';
import { readJson } from '../json/json-body.ts';
import { runJson } from '../json/run-json.ts';
import type { RouteHandler } from '../routing/route.ts';
import { embeddingRequestSchema, type embeddingListSchema } from './schemas.ts';

/** A parameter by this name lets a component honour `dimensions`. */
const DIMENSIONS = 'dimensions';

/** `POST /v1/embeddings`: texts to vectors, by a model of the task feature-extraction. */
export const createEmbeddings: RouteHandler = async (request, response, { service, limits }) => {
  const context = contextOf(response);
  const names = service.models().flatMap(({ name, task }) => (task === 'feature-extraction' ? [name] : []));
  refuseBeforeBody(service, names, request, context);
  const body = await readBody(request, response, {
    maxBytes: limits.tensorJsonBytes,
    use: async (bytes) => runJson(readJson, [new Uint8Array(bytes)], optionsOf(context), limits),
  });
  const asked = checkFields(embeddingRequestSchema, body.json);
  const model = findModel(service, asked.model);
  context.model = model;
  const embedder = embedderOf(model, service);
  const parameters = dimensionsOf(model, asked.dimensions);
  const texts = [asked.input].flat();
  const options = { ...optionsOf(context), parameters, outputs: [embedder.output] };
  const embed = async (some: readonly string[]): Promise<number[][]> => {
    const inputs = some.map((text) => ({ name: embedder.input, kind: 'text' as const, text }));
    const answer = await service.predictNamed(model.name, inputs, options);
    context.timing = answer.timing;
    return vectorsOf(answer.outputs[0], some.length);
  };
  const vectors: number[][] = [];
  for (let at = 0; at < texts.length; at += embedder.most) {
    const some = texts.slice(at, at + embedder.most);
    try {
      vectors.push(...(await embed(some)));
    } catch (error) {
      throw some.length < texts.length ? ofTexts(error, at + 1, at + some.length, texts.length) : error;
    }
  }
  response.json({
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: asked.encoding_format === 'base64' ? toBase64(vector) : vector,
    })),
    model: model.name,
    // How many tokens a text has, its component knows alone.
    usage: { prompt_tokens: 0, total_tokens: 0 },
  } satisfies z.output<typeof embeddingListSchema>);
};

interface Embedder {
  input: string;
  output: string;
  /** Texts that one call takes. */
  most: number;
}

/** @throws RequestFieldError for a model that gives no vectors, with those that do */
function embedderOf(model: ModelSummary, service: InferenceService): Embedder {
  const found = readEmbedder(model);
  if (typeof found !== 'string') return found;
  const others = service.models().filter((one) => typeof readEmbedder(one) !== 'string');
  const names = others.map(({ name }) => `"${name}"`).join(', ');
  const instead = others.length === 0 ? 'No model here gives any' : `Those that do: ${names}`;
  throw new RequestFieldError(
    'model',
    `Model "${model.name}" gives no embeddings of texts: ${found}. ${instead}.`,
  );
}

/** Or why it is none. */
function readEmbedder({ task, prediction }: ModelSummary): Embedder | string {
  const [output] = prediction?.outputs ?? [];
  const input = prediction?.inputs.find(({ kind }) => kind === 'text');
  if (task !== 'feature-extraction' || input === undefined) return `its task is ${task}`;
  if (output?.kind !== 'tensor')
    return `its first output, "${output?.name}", is ${output?.kind} and no tensor`;
  return { input: input.name, output: output.name, most: input.occurrence === 'repeated' ? MAX_VALUES : 1 };
}

/** Refusals that are for what is in a text. */
const OF_TEXTS: readonly ErrorCode[] = [
  'invalid-request',
  'unsupported-request',
  'unusable-input',
  'input-too-large',
];

/** Says of which texts a refusal is: those of one call, where a request has more. */
function ofTexts(error: unknown, first: number, last: number, all: number): unknown {
  if (!(error instanceof SandpiperError) || !OF_TEXTS.includes(error.code)) return error;
  const which = first === last ? `Text ${first}` : `Texts ${first} to ${last}`;
  return new SandpiperError(error.code, `${which} of ${all}: ${error.message}`, { cause: error });
}

function dimensionsOf(
  { name, prediction }: ModelSummary,
  dimensions: number | undefined,
): Record<string, number> {
  if (dimensions === undefined) return {};
  const parameters: PredictionDescription['parameters'] = prediction?.parameters ?? [];
  if (parameters.some((parameter) => parameter.name === DIMENSIONS)) return { [DIMENSIONS]: dimensions };
  throw unsupportedField(
    DIMENSIONS,
    `Field "${DIMENSIONS}": model "${name}" gives vectors of one size only; leave it out.`,
  );
}

const FLOATS: ReadonlySet<string> = new Set(['FP16', 'BF16', 'FP32', 'FP64']);

/** @throws SandpiperError `unsupported-request` for an output that is not a vector for each text */
function vectorsOf(output: NamedOutput | undefined, count: number): number[][] {
  if (output?.kind !== 'tensor') throw new TypeError('The output is no tensor.');
  const { datatype, shape, data } = output.tensor;
  const size = shape.at(-1) ?? 1;
  const view = FLOATS.has(datatype) ? OWN_FORMATS[datatype]?.view : undefined;
  const rows = elementCount(shape.slice(0, -1));
  if (view === undefined || !(data instanceof Uint8Array) || rows !== count) {
    throw new SandpiperError(
      'unsupported-request',
      `This model gives ${datatype} of shape [${shape.join(',')}] for ${count} texts, and an embedding is one vector for each.`,
    );
  }
  const values = Array.from(view(data.slice().buffer), Number);
  if (!values.every(Number.isFinite))
    throw new SandpiperError('unsupported-request', 'This embedding holds NaN or infinity, so it is none.');
  return Array.from({ length: count }, (_, row) => values.slice(row * size, (row + 1) * size));
}

function toBase64(vector: readonly number[]): string {
  return Buffer.from(Float32Array.from(vector).buffer).toString('base64');
}
