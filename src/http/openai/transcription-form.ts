import { z } from 'zod';
import type { TranscribeOptions } from '../../service/tasks.ts';
import { RequestFieldError, checkFields } from '../request-field-error.ts';

export const TRANSCRIPT_FORMATS = ['json', 'text', 'srt', 'verbose_json', 'vtt'] as const;
export type TranscriptFormat = (typeof TRANSCRIPT_FORMATS)[number];

/** A transcription request without its file. */
export interface TranscriptionForm {
  readonly model: string;
  readonly format: TranscriptFormat;
  /** Which times `verbose_json` carries. */
  readonly granularities: ReadonlySet<'segment' | 'word'>;
  readonly options: Pick<TranscribeOptions, 'language' | 'prompt' | 'temperature' | 'wordTimestamps'>;
}

const text = z.string({ error: 'expected one text' });
const granularity = z.enum(['segment', 'word'], { error: 'expected "segment" or "word"' });

/** Fields as text, for a form knows nothing else. Fields that the API has and this service lacks stay out. */
const formSchema = z.strictObject({
  model: z.string({ error: 'the name of a model is required' }).min(1, 'the name of a model is required'),
  language: text.regex(/^[a-z]{2}$/i, 'expected an ISO 639-1 code such as "en"').optional(),
  prompt: text.optional(),
  response_format: z
    .enum(TRANSCRIPT_FORMATS, { error: `expected one of ${TRANSCRIPT_FORMATS.join(', ')}` })
    .default('json'),
  temperature: text
    .regex(/^(0?\.\d+|0|1|[01]\.0*|0\.\d*)$/, 'expected a number from 0 to 1')
    .transform(Number)
    .optional(),
  timestamp_granularities: z
    .union([granularity.transform((one) => [one]), z.array(granularity)], {
      error: 'expected "segment" or "word"',
    })
    .optional(),
  stream: z.enum(['true', 'false'], { error: 'expected true or false' }).optional(),
});

/** Fields of the API that would change the answer and cannot be honoured. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  'chunking_strategy',
  'include',
  'keywords',
  'known_speaker_names',
  'known_speaker_references',
  'languages',
]);

/**
 * Reads the text fields of a transcription. Lists may be named with or without `[]`.
 *
 * @throws RequestFieldError that names the field.
 */
export function readTranscriptionForm(fields: ReadonlyMap<string, unknown>): TranscriptionForm {
  const named = [...fields].map(([name, value]) => [name.replace(/\[.*$/, ''), value] as const);
  for (const [name] of named) {
    if (UNSUPPORTED.has(name)) {
      throw new RequestFieldError(
        name,
        `Field "${name}" is not supported by this service.`,
        'unsupported-request',
      );
    }
  }
  const form = checkFields(formSchema, Object.fromEntries(named));
  if (form.stream === 'true') {
    throw new RequestFieldError(
      'stream',
      'Streaming is not supported: leave "stream" out.',
      'unsupported-request',
    );
  }
  const granularities = new Set(form.timestamp_granularities ?? ['segment' as const]);
  if (form.timestamp_granularities !== undefined && form.response_format !== 'verbose_json') {
    throw new RequestFieldError(
      'timestamp_granularities',
      'Field "timestamp_granularities" needs response_format "verbose_json".',
    );
  }
  return {
    model: form.model,
    format: form.response_format,
    granularities,
    options: {
      ...(form.language !== undefined && { language: form.language.toLowerCase() }),
      ...(form.prompt !== undefined && { prompt: form.prompt }),
      ...(form.temperature !== undefined && { temperature: form.temperature }),
      ...(granularities.has('word') && { wordTimestamps: true }),
    },
  };
}
