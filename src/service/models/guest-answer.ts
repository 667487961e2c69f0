/** Converts a component's outcome to the value or error for the request's caller. */
import { SandpiperError, invalidRequest, unusableInput } from '../../errors.ts';
import type { CallOutcome, Failure } from '../../sandbox/guest-protocol.ts';
import type { Logger, RequestFields } from '../../telemetry/logger.ts';

/** An answer that violates the contract. The message ends a sentence that begins "The component of model x gave". */
export class BadAnswer extends Error {}

/** The called model and request, for messages and the log, and the check of the value. */
export interface Called<Answer> {
  model: string;
  fields: RequestFields;
  logger: Logger;
  /** @throws BadAnswer */
  check: (value: unknown) => Answer;
}

/**
 * Returns the value of a call.
 *
 * @throws SandpiperError `unusable-input`, `unsupported-request`, `deadline-exceeded`, `component-failed` or `wrong-answer`;
 *   failures inside a component are logged for the operator and not shown to the client
 */
export function valueOf<Answer>(outcome: CallOutcome, called: Called<Answer>): Answer {
  const { model, fields, logger, check } = called;
  switch (outcome.kind) {
    case 'value':
      try {
        return check(outcome.value);
      } catch (error) {
        if (!(error instanceof BadAnswer)) throw error;
        throw wrongAnswer(error.message, called);
      }
    case 'wrong-answer':
      throw wrongAnswer(outcome.message, called);
    case 'failure':
      throw errorOf(outcome.failure, called);
    case 'refused-input':
      throw invalidRequest(outcome.message);
    case 'trap':
      logger.error({ ...fields, model, trap: outcome.message, stack: outcome.stack }, 'component trapped');
      throw new SandpiperError('component-failed', `The component of model ${model} failed.`);
  }
}

function wrongAnswer(message: string, { model, fields, logger }: Called<unknown>): SandpiperError {
  logger.error({ ...fields, model, message }, 'component gave a bad answer');
  return new SandpiperError('wrong-answer', `The component of model ${model} gave ${message}.`);
}

function errorOf(failure: Failure, { model, fields, logger }: Called<unknown>): SandpiperError {
  switch (failure.tag) {
    case 'invalid-input':
      return unusableInput(failure.val);
    case 'unsupported':
      return new SandpiperError('unsupported-request', failure.val);
    case 'inference': {
      const { code, message } = failure.val;
      if (code === 'timeout')
        return new SandpiperError('deadline-exceeded', 'The deadline of the request has passed.');
      logger.error({ ...fields, model, code, message }, 'inference failed');
      return new SandpiperError('component-failed', `Inference of model ${model} failed with ${code}.`);
    }
    default:
      logger.error({ ...fields, model, message: failure.val }, 'component failed');
      return new SandpiperError('component-failed', `The component of model ${model} failed.`);
  }
}
