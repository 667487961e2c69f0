/** What a component's outcome means to the caller of the request. */
import { SandpiperError } from '../errors.ts';
import type { CallOutcome, Failure } from '../sandbox/guest-protocol.ts';
import type { Logger } from '../telemetry/logger.ts';

/**
 * The value of a call.
 *
 * @throws SandpiperError `unusable-input`, `unsupported-request`, `deadline-exceeded` or `component-failed`;
 *   what went wrong inside a component is for the operator's log, not for the client
 */
export function valueOf(outcome: CallOutcome, model: string, logger: Logger): unknown {
  switch (outcome.kind) {
    case 'value':
      return outcome.value;
    case 'failure':
      throw errorOf(outcome.failure, model, logger);
    case 'trap':
      logger.error({ model, trap: outcome.message, stack: outcome.stack }, 'component trapped');
      throw new SandpiperError('component-failed', `The component of model ${model} failed.`);
  }
}

function errorOf(failure: Failure, model: string, logger: Logger): SandpiperError {
  switch (failure.tag) {
    case 'invalid-input':
      return new SandpiperError('unusable-input', failure.val);
    case 'unsupported':
      return new SandpiperError('unsupported-request', failure.val);
    case 'inference': {
      const { code, message } = failure.val;
      if (code === 'timeout')
        return new SandpiperError('deadline-exceeded', 'The deadline of the request has passed.');
      logger.error({ model, code, message }, 'inference failed');
      return new SandpiperError('component-failed', `Inference of model ${model} failed with ${code}.`);
    }
    default:
      logger.error({ model, message: failure.val }, 'component failed');
      return new SandpiperError('component-failed', `The component of model ${model} failed.`);
  }
}
