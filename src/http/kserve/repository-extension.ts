import type { Request, Response } from 'express';
import type { z } from 'zod';
import { pathParameter, type ConventionParts, type RouteHandler } from '../routing/route.ts';
import { readDecodedBody } from '../body/content-coding.ts';
import { assertReady } from '../../service/api/service-errors.ts';
import { parseJsonBody } from '../json/json-body.ts';
import { contextOf } from '../exchange/request-context.ts';
import { INLINE_BYTES } from '../json/run-json.ts';
import { checkFields, unsupportedField, type RequestFieldError } from '../exchange/request-field-error.ts';
import {
  indexRequest,
  loadRequest,
  unloadRequest,
  type indexResponse,
  type loadResponse,
  type unloadResponse,
} from './schemas.ts';

/** `POST /v2/repository/index`: every model version of the repository, or those that are ready. */
export const repositoryIndex: RouteHandler = async (request, response, parts) => {
  const { ready = false } = await readFields(request, response, parts, indexRequest);
  const entries = await parts.service.repositoryIndex();
  response.json(
    entries
      .filter(({ state }) => !ready || state === 'READY')
      .map(({ name, version, state, reason }) => ({
        name,
        version: String(version),
        state,
        reason,
      })) satisfies z.output<typeof indexResponse>,
  );
};

/** `POST /v2/repository/models/{name}/load`: loads the model's folder. Nothing can be uploaded. */
export const loadModel: RouteHandler = async (request, response, parts) => {
  const name = modelName(request, response);
  const { parameters = {} } = await readFields(request, response, parts, loadRequest);
  const [parameter] = Object.keys(parameters);
  if (parameter !== undefined) throw refuseParameter(parameter);
  await parts.service.loadModel(name);
  response.json({ name, load: true } satisfies z.output<typeof loadResponse>);
};

/** `POST /v2/repository/models/{name}/unload`. `unload_dependents` has no effect: models do not depend on another. */
export const unloadModel: RouteHandler = async (request, response, parts) => {
  const name = modelName(request, response);
  await readFields(request, response, parts, unloadRequest);
  await parts.service.unloadModel(name);
  response.json({ name, unload: true } satisfies z.output<typeof unloadResponse>);
};

function modelName(request: Request, response: Response): string {
  const name = pathParameter(request, 'model');
  contextOf(response).model = { name: name.slice(0, 100) };
  return name;
}

/** Reads an optional JSON body: clients send `{}` or nothing. */
async function readFields<Fields>(
  request: Request,
  response: Response,
  { service, limits }: ConventionParts,
  schema: z.ZodType<Fields>,
): Promise<Fields> {
  assertReady(service);
  const maxBytes = Math.min(INLINE_BYTES, limits.tensorJsonBytes);
  return readDecodedBody(request, response, maxBytes, (chunks) =>
    checkFields(schema, chunks.length === 0 ? {} : parseJsonBody(Buffer.concat(chunks))),
  );
}

function refuseParameter(parameter: string): RequestFieldError {
  const name = parameter.slice(0, 100);
  const why =
    parameter === 'config' || parameter.startsWith('file:')
      ? 'models and their configuration come from the repository and never from a request: change the folder, then load it'
      : 'load takes no parameters here';
  return unsupportedField(`parameters.${name}`, `Parameter "${name}" is refused: ${why}.`);
}
