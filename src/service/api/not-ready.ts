import { SandpiperError } from '../../errors.ts';
import type { InferenceService } from './tasks.ts';

/** The error for a request before the models are loaded, or while the service shuts down. */
export function notReady(state: InferenceService['state']): SandpiperError {
  const why = state === 'loading' ? 'still loading its models' : 'shutting down';
  return new SandpiperError('not-ready', `The service is ${why}.`);
}
