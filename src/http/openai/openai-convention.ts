import { Router } from 'express';
import type { Convention, ConventionParts } from '../convention.ts';
import { addRoute } from '../route.ts';
import { translateOpenAiError } from './openai-error.ts';
import { listModels, showModel } from './models.ts';
import { createTranscription } from './create-transcription.ts';
import { createTranslation } from './create-translation.ts';

/** OpenAI's audio transcriptions and its list of models. */
export const OPENAI: Convention = { prefix: '/v1', createRouter, translateError: translateOpenAiError };

function createRouter(parts: ConventionParts): Router {
  const router = Router({ caseSensitive: true });
  addRoute(router, '/audio/transcriptions', { post: createTranscription(parts) });
  addRoute(router, '/audio/translations', { post: createTranslation });
  addRoute(router, '/models', { get: listModels(parts.service) });
  addRoute(router, '/models/*model', { get: showModel(parts.service) });
  return router;
}
