import type { Request } from 'express';
import { ERRORS, SandpiperError } from '../../errors.ts';
import { assertReady, ModelSetAside } from '../../service/api/service-errors.ts';
import type { InferenceService, ModelSummary } from '../../service/api/tasks.ts';
import { findModel } from '../exchange/find-model.ts';
import { RequestFieldError } from '../exchange/request-field-error.ts';
import type { Convention } from '../routing/convention.ts';
import type { ErrorAnswer } from '../routing/error-answer.ts';
import { pathParameter, post } from '../routing/route.ts';
import { RUN_MODEL, RUN_SOLE_MODEL } from './operations.ts';
import { runModel } from './run-model.ts';
import { errorSchema } from './schemas.ts';

/** Hugging Face's inference routes: one per model, whose task decides what goes in and out. */
export const HUGGING_FACE: Convention = {
  name: 'HuggingFace',
  title: 'Hugging Face',
  description: "Inference by a model's name: pictures to labels, sounds to text.",
  prefix: '/models',
  // Hugging Face ids may contain a slash: match all of `owner/name`, so that the 404 names it.
  routes: [post('/*model', RUN_MODEL, runModel(modelOfPath))],
  errorSchema,
  translateError,
};

/** `POST /`, as in a Hugging Face Inference Endpoint: the only model of a service with one model. */
export const HUGGING_FACE_ENDPOINT: Convention = {
  ...HUGGING_FACE,
  prefix: '/',
  routes: [post('/', RUN_SOLE_MODEL, runModel(soleModel))],
};

/** Hugging Face's client retries a 503 at once and for ever, so a 503 may only mean "soon". */
function translateError(error: SandpiperError): ErrorAnswer {
  return {
    body: { error: error.message },
    ...(error instanceof ModelSetAside && { status: ERRORS['component-failed'].status }),
  };
}

/** Hugging Face's client asks for some tasks by `{model}/pipeline/{task}`: of a model of that task it is the same. */
function modelOfPath(service: InferenceService, request: Request): ModelSummary {
  const path = pathParameter(request, 'model');
  const [, name = '', task = ''] = /^(.+)\/pipeline\/([a-z-]+)$/.exec(path) ?? [];
  const model = service.models().find((one) => one.name === name);
  if (model === undefined || service.state !== 'ready') return findModel(service, path);
  if (model.task === task) return model;
  throw new SandpiperError(
    'not-found',
    `Model "${name}" does ${model.task}, and the path is for ${task}: ask it by /models/${name}.`,
  );
}

/**
 * @throws RequestFieldError for a service with several models
 * @throws SandpiperError `not-ready`
 */
function soleModel(service: InferenceService): ModelSummary {
  assertReady(service);
  const [model, ...others] = service.models();
  if (model !== undefined && others.length === 0) return model;
  throw new RequestFieldError(
    'model',
    'This route is for a service of one model: name one in the path, as in POST /models/{name}. GET /v1/models lists them.',
  );
}
