import type { InferenceService, ModelSummary } from '../../service/api/tasks.ts';
import type { Convention } from '../routing/convention.ts';
import { assertReady } from '../../service/api/service-errors.ts';
import { RequestFieldError } from '../exchange/request-field-error.ts';
import { post } from '../routing/route.ts';
import { HUGGING_FACE } from './huggingface-convention.ts';
import { RUN_SOLE_MODEL } from './operations.ts';
import { runModel } from './run-model.ts';

/** `POST /`, as in a Hugging Face Inference Endpoint: the only model of a service with one model. */
export const HUGGING_FACE_ENDPOINT: Convention = {
  ...HUGGING_FACE,
  prefix: '/',
  routes: [post('/', RUN_SOLE_MODEL, (parts) => runModel(parts, soleModel))],
};

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
