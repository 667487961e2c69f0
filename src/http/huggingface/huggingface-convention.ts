import { ERRORS, type SandpiperError } from '../../errors.ts';
import { ModelSetAside } from '../../service/api/service-errors.ts';
import type { InferenceService, ModelSummary } from '../../service/api/tasks.ts';
import type { Convention } from '../routing/convention.ts';
import type { ErrorAnswer } from '../routing/error-answer.ts';
import { findModel } from '../exchange/find-model.ts';
import { pathParameter, post } from '../routing/route.ts';
import { RUN_MODEL } from './operations.ts';
import { runModel } from './run-model.ts';
import { errorSchema } from './schemas.ts';

/** Hugging Face's inference routes: one per model, whose task decides what goes in and out. */
export const HUGGING_FACE: Convention = {
  name: 'HuggingFace',
  title: 'Hugging Face',
  description: "Inference by a model's name: pictures to labels, sounds to text.",
  prefix: '/models',
  routes: [
    // Hugging Face ids may contain a slash: match all of `owner/name`, so that the 404 names it.
    post('/*model', RUN_MODEL, (parts) =>
      runModel(parts, (service, request) => findByPath(service, pathParameter(request, 'model'))),
    ),
  ],
  errorSchema,
  translateError,
};

/** Hugging Face's client retries a 503 at once and for ever, so a 503 may only mean "soon". */
function translateError(error: SandpiperError): ErrorAnswer {
  return {
    body: { error: error.message },
    ...(error instanceof ModelSetAside && { status: ERRORS['component-failed'].status }),
  };
}

/** Hugging Face's client asks for some tasks by `{model}/pipeline/{task}`: of a model of that task it is the same. */
function findByPath(service: InferenceService, path: string): ModelSummary {
  const [, name = '', task = ''] = /^(.+)\/pipeline\/([a-z-]+)$/.exec(path) ?? [];
  const model = service.models().find((one) => one.name === name);
  return model?.task === task && service.state === 'ready' ? model : findModel(service, path);
}
