import { SandpiperError } from '../errors.ts';
import type { InferenceService, ModelSummary } from '../service/tasks.ts';

/**
 * The model that a client asks for by its exact name.
 *
 * @throws ModelNotFound
 * @throws SandpiperError `not-ready` while models are still being loaded.
 */
export function findModel(service: InferenceService, name: string): ModelSummary {
  if (service.state !== 'ready') throw notReady(service.state);
  const model = service.models().find((candidate) => candidate.name === name);
  if (model === undefined) throw new ModelNotFound(name);
  return model;
}

/** A 404 that concerns a model and not a route. */
export class ModelNotFound extends SandpiperError {
  constructor(name: string) {
    super(
      'not-found',
      `There is no model "${name.slice(0, 100)}" here: GET /v1/models lists those there are.`,
    );
  }
}

export function notReady(state: InferenceService['state']): SandpiperError {
  const why = state === 'loading' ? 'still loading its models' : 'shutting down';
  return new SandpiperError('not-ready', `The service is ${why}.`);
}
