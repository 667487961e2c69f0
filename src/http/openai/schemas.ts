/** Requests and answers of OpenAI's audio transcriptions and list of models, as supported here. */
import { z } from 'zod';
import { languageSchema, promptSchema } from '../../service/api/task-options.ts';
import { answerSchemas, requestSchemas } from '../routing/api-schemas.ts';

export const TRANSCRIPT_FORMATS = ['json', 'text', 'srt', 'verbose_json', 'vtt'] as const;

const text = z.string({ error: 'expected one text' });
const nameless = { error: 'the name of a model is required' };
const modelName = z.string(nameless).min(1, nameless);
const granularity = z.enum(['segment', 'word'], { error: 'expected "segment" or "word"' });

/** Supported fields but the file. All are text, as in any form. */
export const transcriptionFormSchema = z.strictObject({
  model: modelName.describe('Name of a model that transcribes speech.'),
  language: languageSchema.optional().describe('ISO 639-1 code of the language spoken.'),
  prompt: promptSchema.optional().describe('Text that precedes the sound. Models that take none ignore it.'),
  response_format: z
    .enum(TRANSCRIPT_FORMATS, { error: `expected one of ${TRANSCRIPT_FORMATS.join(', ')}` })
    .default('json'),
  temperature: text
    .regex(/^(0?\.\d+|0|1|[01]\.0*|0\.\d*)$/, 'expected a number from 0 to 1')
    .optional()
    .describe('From 0, which is greedy, to 1.'),
  timestamp_granularities: z
    .union([granularity, z.array(granularity)], { error: 'expected "segment" or "word"' })
    .optional()
    .describe('Which times verbose_json carries. Also as timestamp_granularities[].'),
  stream: z
    .enum(['true', 'false'], { error: 'expected true or false' })
    .optional()
    .describe('Answers with server-sent events while the model decodes; for json and text.'),
  chunking_strategy: z
    .union([z.literal('auto'), z.strictObject({ type: z.literal('server_vad') })], {
      error: 'expected "auto", or chunking_strategy[type] "server_vad" without parameters of its own',
    })
    .optional()
    .describe('Long sound is cut at silences, as a voice detector hears them, whether this is sent or not.'),
});

/** The whole form. */
export const transcriptionUploadSchema = transcriptionFormSchema
  .extend({ file: z.file().describe('The sound.') })
  .register(requestSchemas, { id: 'TranscriptionForm' });

const durationUsageSchema = z.strictObject({
  type: z.literal('duration'),
  seconds: z.int().describe('Of sound, rounded up.'),
});

export const transcriptionSchema = z
  .strictObject({ text: z.string(), usage: durationUsageSchema })
  .register(answerSchemas, { id: 'Transcription' });

const wordSchema = z.strictObject({ word: z.string(), start: z.number(), end: z.number() });

export const segmentSchema = z.strictObject({
  id: z.int(),
  seek: z.int().describe('Start in hundredths of a second.'),
  start: z.number(),
  end: z.number(),
  text: z.string(),
  tokens: z.array(z.int()),
  temperature: z.number(),
  avg_logprob: z.number(),
  compression_ratio: z.number(),
  no_speech_prob: z.number().describe('Always 0: there are no segments without speech.'),
});

export const verboseTranscriptionSchema = z
  .strictObject({
    task: z.literal('transcribe'),
    language: z.string().describe('ISO 639-1.'),
    duration: z.number().describe('Seconds of sound.'),
    text: z.string(),
    words: z.array(wordSchema).optional(),
    segments: z.array(segmentSchema).optional(),
    usage: durationUsageSchema,
  })
  .register(answerSchemas, { id: 'VerboseTranscription' });

export const transcriptDeltaSchema = z.strictObject({
  type: z.literal('transcript.text.delta'),
  delta: z.string(),
  seconds: z.number().describe("Of sound, up to which the text reaches. Not in OpenAI's API."),
});

export const transcriptDoneSchema = z.strictObject({
  type: z.literal('transcript.text.done'),
  text: z.string().describe('The deltas, joined.'),
  usage: z.strictObject({
    type: z.literal('tokens'),
    input_tokens: z.int().describe('Always 0: sound is not read as tokens.'),
    output_tokens: z.int(),
    total_tokens: z.int(),
  }),
});

/** One event of a stream, which ends with the text `[DONE]`. */
export const transcriptEventSchema = z
  .discriminatedUnion('type', [transcriptDeltaSchema, transcriptDoneSchema])
  .register(answerSchemas, { id: 'TranscriptEvent' });

export const modelSchema = z
  .strictObject({
    id: z.string(),
    object: z.literal('model'),
    created: z.int().describe('Unix seconds.'),
    owned_by: z.string(),
  })
  .register(answerSchemas, { id: 'Model' });

export const modelListSchema = z
  .strictObject({ object: z.literal('list'), data: z.array(modelSchema) })
  .register(answerSchemas, { id: 'ModelList' });

export const errorSchema = z
  .strictObject({
    error: z.strictObject({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  })
  .register(answerSchemas, { id: 'OpenAIError' });

const MAX_TEXTS = 2_048;
const NO_TEXTS = `expected a text, or a list of 1 to ${MAX_TEXTS} texts`;

export const embeddingRequestSchema = z
  .strictObject(
    {
      model: modelName,
      input: z
        .union([z.string(), z.array(z.string()).min(1, NO_TEXTS).max(MAX_TEXTS, NO_TEXTS)], {
          error: NO_TEXTS,
        })
        .describe('Text, not tokens.'),
      encoding_format: z
        .enum(['float', 'base64'], { error: 'expected "float" or "base64"' })
        .default('float')
        .describe('base64: of 32-bit floats, little-endian.'),
      dimensions: z
        .int({ error: 'expected a whole number' })
        .min(1)
        .optional()
        .describe('Where the model has a parameter of this name.'),
      user: z.string({ error: 'expected a text' }).optional().describe('Is not looked at.'),
    },
    { error: 'expected a JSON object' },
  )
  .register(requestSchemas, { id: 'EmbeddingRequest' });

export const embeddingListSchema = z
  .object({
    object: z.literal('list'),
    data: z.array(
      z.object({
        object: z.literal('embedding'),
        index: z.int().min(0),
        embedding: z.union([z.array(z.number()), z.string()]),
      }),
    ),
    model: z.string(),
    usage: z.object({ prompt_tokens: z.int().min(0), total_tokens: z.int().min(0) }),
  })
  .register(answerSchemas, { id: 'EmbeddingList' });
