import { Router } from 'express';
import type { Convention, ConventionParts } from '../convention.ts';
import { addRoute } from '../route.ts';
import { runModel } from './run-model.ts';

/** Hugging Face's inference routes: one per model, whose task decides what goes in and out. */
export const HUGGING_FACE: Convention = {
  prefix: '/models',
  createRouter,
  translateError: (error) => ({ body: { error: error.message } }),
};

function createRouter(parts: ConventionParts): Router {
  const router = Router({ caseSensitive: true });
  addRoute(router, '/:model', { post: runModel(parts) });
  return router;
}
