import { z } from 'zod';
import { BLANKS } from '../openapi/examples.ts';
import { INFERENCE_REFUSALS, type Operation } from '../routing/operation.ts';
import { realtimeQuerySchema } from './realtime/realtime.ts';
import * as schemas from './schemas.ts';

export const TRANSCRIBE: Operation = {
  id: 'createTranscription',
  summary: 'A sound to its text, at once or as a stream',
  body: { required: true, content: { 'multipart/form-data': schemas.transcriptionUploadSchema } },
  answer: {
    description: 'The text, in the response_format that was asked for.',
    headers: ['Server-Timing'],
    content: {
      'application/json': z.union([schemas.transcriptionSchema, schemas.verboseTranscriptionSchema]),
      'text/plain': z.string().describe('For text.'),
      'application/x-subrip': z.string().describe('For srt.'),
      'text/vtt': z.string().describe('For vtt.'),
      'text/event-stream': z
        .string()
        .describe(
          'For stream: each event is "data:" and a TranscriptEvent as JSON, and the last is "data: [DONE]". ' +
            'A failure after the first event comes as the event "error" with an OpenAIError.',
        ),
    },
  },
  refusals: INFERENCE_REFUSALS,
  curl: `--form file=@sound.wav --form model=${BLANKS.sound}`,
};

export const EMBED: Operation = {
  id: 'createEmbeddings',
  summary: 'Texts to vectors',
  description: 'By a model whose task is feature-extraction.',
  body: { required: true, content: { 'application/json': schemas.embeddingRequestSchema } },
  answer: {
    description: 'A vector for each text.',
    content: { 'application/json': schemas.embeddingListSchema },
  },
  refusals: ['unsupported-request', ...INFERENCE_REFUSALS],
  curl: `--json '{"model": "${BLANKS.vectors}", "input": "a text"}'`,
};

export const TRANSLATE: Operation = {
  id: 'createTranslation',
  summary: 'Refused: the models here do not translate',
  refusals: ['unsupported-request'],
};

export const REALTIME: Operation = {
  id: 'realtime',
  summary: 'Sound as it is spoken to its text, on a WebSocket',
  description:
    'A transcription session of the Realtime API: the events of OpenAI, as docs/live.md lists them. Every request ' +
    'that is no WebSocket is refused.',
  query: realtimeQuerySchema,
  refusals: ['upgrade-required', 'invalid-request', 'over-capacity', 'not-ready'],
};

export const MODELS: Operation = {
  id: 'listModels',
  summary: 'The models',
  answer: {
    description: 'The models that this key may see.',
    content: { 'application/json': schemas.modelListSchema },
  },
  refusals: ['not-ready'],
};

export const MODEL: Operation = {
  id: 'getModel',
  summary: 'One model',
  answer: { description: 'The model.', content: { 'application/json': schemas.modelSchema } },
  refusals: ['not-found', 'not-ready'],
};
