import type { RequestHandler } from 'express';
import type { z } from 'zod';
import type { InferenceService, ModelSummary } from '../../service/api/tasks.ts';
import { assertReady } from '../../service/api/service-errors.ts';
import { findModel } from '../exchange/find-model.ts';
import { pathParameter } from '../routing/route.ts';
import type { modelListSchema, modelSchema } from './schemas.ts';

/** `GET /v1/models` */
export function listModels(service: InferenceService): RequestHandler {
  return (_request, response) => {
    assertReady(service);
    const list: z.output<typeof modelListSchema> = {
      object: 'list',
      data: service.models().map(toModelObject),
    };
    response.json(list);
  };
}

/** `GET /v1/models/{model}` */
export function showModel(service: InferenceService): RequestHandler {
  return (request, response) => {
    response.json(toModelObject(findModel(service, pathParameter(request, 'model'))));
  };
}

function toModelObject(model: ModelSummary): z.output<typeof modelSchema> {
  return { id: model.name, object: 'model', created: model.created, owned_by: 'sandpiper' };
}
