import { unsupportedField } from '../exchange/request-field-error.ts';
import type { Convention } from '../routing/convention.ts';
import { get, post } from '../routing/route.ts';
import { translateOpenAiError } from './openai-error.ts';
import { listModels, showModel } from './models.ts';
import { createEmbeddings } from './create-embeddings.ts';
import { createTranscription } from './create-transcription.ts';
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
    post('/audio/translations', TRANSLATE, refuseTranslation),
    post('/embeddings', EMBED, createEmbeddings),
    get('/realtime', REALTIME, realtime),
    get('/models', MODELS, listModels),
    get('/models/*model', MODEL, showModel),
  ],
  errorSchema,
  translateError: translateOpenAiError,
};

/** No contract of components includes translation. */
function refuseTranslation(): never {
  throw unsupportedField(
    'model',
    'The models here do not translate: POST /v1/audio/transcriptions gives the text in the language that is spoken.',
  );
}
