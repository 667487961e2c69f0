/** The refusals that every door gives alike. */
import { SandpiperError } from '../../errors.ts';
import type { InferenceService } from './tasks.ts';

/** The error for a request before the models are loaded, or while the service shuts down. */
export function notReady(state: InferenceService['state']): SandpiperError {
  const why = state === 'loading' ? 'still loading its models' : 'shutting down';
  return new SandpiperError('not-ready', `The service is ${why}.`);
}

/** @throws SandpiperError `not-ready` */
export function assertReady({ state }: Pick<InferenceService, 'state'>): void {
  if (state !== 'ready') throw notReady(state);
}

/** Consecutive failures after which a model is set aside. */
export const FAILURES_IN_A_ROW = 5;

/** A `not-ready` of one model, which may last. */
export class ModelSetAside extends SandpiperError {
  constructor(model: string) {
    super(
      'not-ready',
      `Model ${model} is set aside after ${FAILURES_IN_A_ROW} failures in a row; it is tried again by itself.`,
    );
  }
}

/**
 * A 404 for a model. The same class for a model that does not exist and for one that this caller may not see, so that
 * the answers are identical.
 */
export class ModelNotFound extends SandpiperError {
  /** @param name the requested name, which untyped programs may give as something other than text */
  constructor(name: unknown) {
    super(
      'not-found',
      `There is no model "${String(name).slice(0, 100)}" here: the list of models names those there are.`,
    );
  }
}
