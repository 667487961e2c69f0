import type { z } from 'zod';
import type { ModelSummary } from '../../service/api/tasks.ts';
import { assertReady } from '../../service/api/service-errors.ts';
import { findModel } from '../exchange/find-model.ts';
import { pathParameter, type RouteHandler } from '../routing/route.ts';
import type { modelListSchema, modelSchema } from './schemas.ts';

/** `GET /v1/models` */
export const listModels: RouteHandler = (_request, response, { service }) => {
  assertReady(service);
  const data = service.models().map(toModelObject);
  response.json({ object: 'list', data } satisfies z.output<typeof modelListSchema>);
};

/** `GET /v1/models/{model}` */
export const showModel: RouteHandler = (request, response, { service }) => {
  response.json(toModelObject(findModel(service, pathParameter(request, 'model'))));
};

function toModelObject(model: ModelSummary): z.output<typeof modelSchema> {
  return { id: model.name, object: 'model', created: model.created, owned_by: 'sandpiper' };
}
