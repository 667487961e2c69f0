/** Checks the options of a request: one definition for the library and every REST convention. */
import { z } from 'zod';
import { invalidRequest } from '../../errors.ts';
import type { LiveOptions, LiveSlot } from './live.ts';
import type { ClassifyOptions, TranscribeOptions } from './tasks.ts';
import type { PredictOptions } from './predictions.ts';
import type { RequestOptions } from './request.ts';
import type { ClientTensor, InferOptions } from './tensor-inference.ts';

/** More classes than any model has; components take it as a 32-bit number. */
const MAX_CLASSES = 100_000;

const fractionError = { error: 'expected a number from 0 to 1' };
const fraction = z.number(fractionError).min(0, fractionError).max(1, fractionError);

const whole = (least: number, most: number, what = 'a whole number') => {
  const error = `expected ${what} from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
};

export const topKSchema = whole(1, MAX_CLASSES);
export const scoreFunctionSchema = z.enum(['softmax', 'sigmoid', 'none'], {
  error: 'expected softmax, sigmoid or none',
});
/** ISO 639-1. */
export const languageSchema = z
  .string({ error: 'expected one text' })
  .regex(/^[a-zA-Z]{2}$/, 'expected an ISO 639-1 code such as "en"')
  .toLowerCase();
export const promptSchema = z.string({ error: 'expected one text' });
export const temperatureSchema = fraction;

const text = z.string({ error: 'expected a text' });
const listener = z.custom<never>((value) => typeof value === 'function', 'expected a function').optional();

const requestOptions = z.strictObject({
  signal: z.instanceof(AbortSignal, { error: 'expected an AbortSignal' }).optional(),
  deadlineMs: z
    .custom<number>((ms) => typeof ms === 'number' && ms > 0, 'expected milliseconds, more than 0')
    .optional(),
  requestId: text.optional(),
  trace: z
    .strictObject(
      { traceparent: text, tracestate: text.optional() },
      { error: 'expected an object with traceparent' },
    )
    .optional(),
  client: text.optional(),
  priority: z.int({ error: 'expected a whole number' }).optional(),
});

const inferOptions = requestOptions.extend({
  version: z.int({ error: 'expected a whole number' }).optional(),
  outputs: z.array(text, { error: 'expected a list of names' }).optional(),
  parameters: z.record(z.string(), z.unknown(), { error: 'expected an object' }).optional(),
});

/** When a turn of a speaker is over. */
export const turnsSchema = z.strictObject({
  threshold: fraction.optional(),
  prefixMs: whole(0, 5_000, 'milliseconds').optional(),
  silenceMs: whole(0, 10_000, 'milliseconds').optional(),
});

const rawFormat = z.strictObject({
  encoding: z.enum(['s16', 'f32', 'mulaw', 'alaw'], { error: 'expected s16, f32, mulaw or alaw' }),
  sampleRate: whole(8_000, 192_000, 'a whole number of hertz'),
  channels: z.int({ error: 'expected 1 or 2' }).min(1).max(2).optional(),
});

/** Each of these throws SandpiperError `invalid-request` that names the first option that is unknown or unusable. */
export const checkClassifyOptions = checker<ClassifyOptions>(
  requestOptions.extend({ topK: topKSchema.optional(), scoreFunction: scoreFunctionSchema.optional() }),
);
export const checkTranscribeOptions = checker<TranscribeOptions>(
  requestOptions.extend({
    language: languageSchema.optional(),
    prompt: promptSchema.optional(),
    temperature: temperatureSchema.optional(),
    wordTimestamps: z.boolean({ error: 'expected true or false' }).optional(),
    onProgress: listener,
  }),
);
export const checkLiveOptions = checker<LiveOptions>(
  requestOptions.omit({ deadlineMs: true, priority: true }).extend({
    language: languageSchema.optional(),
    prompt: promptSchema.optional(),
    format: z
      .union([z.literal('auto'), rawFormat], {
        error: 'expected "auto", or { encoding, sampleRate, channels }',
      })
      .optional(),
    turns: turnsSchema.nullable().optional(),
    slot: z.custom<LiveSlot>((slot) => typeof slot === 'object').optional(),
  }),
);
export const checkInferOptions = checker<InferOptions>(inferOptions);
export const checkPredictOptions = checker<PredictOptions>(inferOptions.extend({ onPartial: listener }));

/**
 * Checks that these are tensors; whether they fit a model is checked by the model.
 *
 * @throws SandpiperError `invalid-request`
 */
export function assertTensors(inputs: readonly ClientTensor[]): void {
  if (!Array.isArray(inputs)) throw invalidRequest('Expected a list of tensors as inputs.');
  for (const [index, input] of (inputs as readonly unknown[]).entries()) {
    const { name } = Object(input) as { name?: unknown };
    const fault = typeof name === 'string' ? tensorFault(input) : 'a text as name';
    if (fault !== undefined) throw invalidRequest(`Input ${index}: expected ${fault}.`);
  }
}

/** What the first unusable part of a tensor should have been; undefined: it is a tensor. */
export function tensorFault(value: unknown): string | undefined {
  const { datatype, shape, data } = Object(value) as Partial<Record<keyof ClientTensor, unknown>>;
  const isBytes = (part: unknown): boolean => part instanceof Uint8Array;
  if (typeof datatype !== 'string') return 'the name of one as datatype';
  if (!Array.isArray(shape) || !shape.every((size) => typeof size === 'number'))
    return 'a list of whole numbers as shape';
  if (isBytes(data) || (Array.isArray(data) && data.every(isBytes))) return undefined;
  return 'a Uint8Array of its elements, or for BYTES a list of them, as data';
}

function checker<Options extends RequestOptions>(schema: z.ZodObject): (options: Options) => Options {
  return (options) => {
    const parsed = schema.safeParse(options);
    if (parsed.success) return parsed.data as Options;
    const [issue] = parsed.error.issues;
    if (issue?.code === 'unrecognized_keys') {
      const known = Object.keys(schema.shape).join(', ');
      throw invalidRequest(
        `There is no option "${String(issue.keys[0]).slice(0, 100)}": there are ${known}.`,
      );
    }
    const name = issue?.path.join('.') ?? '';
    const what = name === '' ? 'The options' : `Option "${name}"`;
    throw invalidRequest(`${what}: ${name === '' ? 'expected an object' : (issue?.message ?? 'unusable')}.`);
  };
}
