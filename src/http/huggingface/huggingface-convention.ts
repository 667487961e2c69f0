import { ERRORS, type SandpiperError } from '../../errors.ts';
import { ModelSetAside } from '../../service/api/model-set-aside.ts';
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
    // Ids there may hold a slash. Names here hold none: all of `owner/name` has to be told that it is not found.
    post('/*model', RUN_MODEL, (parts) =>
      runModel(parts, (service, request) => findModel(service, pathParameter(request, 'model'))),
    ),
  ],
  errorSchema,
  translateError,
};

/** Hugging Face's client asks again for each 503, at once and for ever: it may mean "soon" and nothing else. */
function translateError(error: SandpiperError): ErrorAnswer {
  return {
    body: { error: error.message },
    ...(error instanceof ModelSetAside && { status: ERRORS['component-failed'].status }),
  };
}
