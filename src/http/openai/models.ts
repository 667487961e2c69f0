import type { RequestHandler } from 'express';
import type { InferenceService, ModelSummary } from '../../service/tasks.ts';
import { findModel, notReady } from '../find-model.ts';
import { pathParameter } from '../route.ts';

/** `GET /v1/models` */
export function listModels(service: InferenceService): RequestHandler {
  return (_request, response) => {
    if (service.state !== 'ready') throw notReady(service.state);
    response.json({ object: 'list', data: service.models().map(toModelObject) });
  };
}

/** `GET /v1/models/{model}` */
export function showModel(service: InferenceService): RequestHandler {
  return (request, response) => {
    response.json(toModelObject(findModel(service, pathParameter(request, 'model'))));
  };
}

function toModelObject(model: ModelSummary): object {
  return { id: model.name, object: 'model', created: model.created, owned_by: 'sandpiper' };
}
