import type { Convention } from '../routing/convention.ts';
import { get, post } from '../routing/route.ts';
import { translateOpenAiError } from './openai-error.ts';
import { listModels, showModel } from './models.ts';
import { createEmbeddings } from './create-embeddings.ts';
import { createTranscription } from './create-transcription.ts';
import { createTranslation } from './create-translation.ts';
import { realtime } from './realtime/realtime.ts';
import { EMBED, MODEL, MODELS, REALTIME, TRANSCRIBE, TRANSLATE } from './operations.ts';
import { errorSchema } from './schemas.ts';

/** OpenAI's audio transcriptions, embeddings and list of models. */
export const OPENAI: Convention = {
  name: 'OpenAI',
  title: 'OpenAI',
  description: 'Audio transcriptions, embeddings, and the list of models.',
  prefix: '/v1',
  routes: [
    post('/audio/transcriptions', TRANSCRIBE, createTranscription),
    post('/audio/translations', TRANSLATE, () => createTranslation),
    post('/embeddings', EMBED, createEmbeddings),
    get('/realtime', REALTIME, realtime),
    get('/models', MODELS, ({ service }) => listModels(service)),
    get('/models/*model', MODEL, ({ service }) => showModel(service)),
  ],
  errorSchema,
  translateError: translateOpenAiError,
};
