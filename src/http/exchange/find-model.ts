import { ModelNotFound, assertReady } from '../../service/api/service-errors.ts';
import type { InferenceService, ModelSummary } from '../../service/api/tasks.ts';

/**
 * Finds a model by its exact name.
 *
 * @throws ModelNotFound
 * @throws SandpiperError `not-ready` while models are being loaded
 */
export function findModel(service: InferenceService, name: string): ModelSummary {
  assertReady(service);
  const model = service.models().find((candidate) => candidate.name === name);
  if (model === undefined) throw new ModelNotFound(name);
  return model;
}

export function isStopping({ state }: Pick<InferenceService, 'state'>): boolean {
  return state === 'draining' || state === 'closed';
}
