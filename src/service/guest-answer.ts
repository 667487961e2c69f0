/** What a component's outcome means to the caller of the request. */
import { SandpiperError } from '../errors.ts';
import type { CallOutcome, Failure } from '../sandbox/guest-protocol.ts';
import type { Logger } from '../telemetry/logger.ts';
import { BadAnswer } from './check-answer.ts';

/**
 * The value of a call.
 *
 * @throws SandpiperError `unusable-input`, `unsupported-request`, `deadline-exceeded`, `component-failed` or `wrong-answer`;
 *   what went wrong inside a component is for the operator's log, not for the client
 */
export function valueOf<Answer>(
  outcome: CallOutcome,
  { model, logger, check }: { model: string; logger: Logger; check: (value: unknown) => Answer },
): Answer {
  switch (outcome.kind) {
    case 'value':
      return checkValue(outcome.value, { model, logger, check });
    case 'failure':
      throw errorOf(outcome.failure, model, logger);
    case 'trap':
      logger.error({ model, trap: outcome.message, stack: outcome.stack }, 'component trapped');
      throw new SandpiperError('component-failed', `The component of model ${model} failed.`);
  }
}

function checkValue<Answer>(
  value: unknown,
  { model, logger, check }: { model: string; logger: Logger; check: (value: unknown) => Answer },
): Answer {
  try {
    return check(value);
  } catch (error) {
    if (!(error instanceof BadAnswer)) throw error;
    logger.error({ model, message: error.message }, 'component gave a bad answer');
    throw new SandpiperError('wrong-answer', `The component of model ${model} gave ${error.message}.`);
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
