import type { Response } from 'express';
import { ERRORS, SandpiperError, messageOf, type ErrorCode, invalidRequest } from '../../errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { Unauthorized } from '../access/admit-caller.ts';
import { contextOf } from '../exchange/request-context.ts';
import { MethodNotAllowed } from './route.ts';

const defaultRetryAfterSeconds = 1;

export interface ErrorAnswer {
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
}

/**
 * Answers a handler's error in the convention's form. A client sees messages that were written for clients; for any
 * other error it sees only that it was logged, under which request id.
 */
export function answerError(
  thrown: unknown,
  response: Response,
  convention: { translateError(error: SandpiperError): ErrorAnswer },
  logger: Logger,
): void {
  // The upload was refused, which has been answered.
  if (response.writableEnded) return;
  const context = contextOf(response);
  const error = toSandpiperError(thrown);
  context.error = error;
  if (error.actor === 'operator' && error.code !== 'not-ready') {
    logger.error(
      { ...context.fields, ...(context.model && { model: context.model.name }), err: thrown },
      messageOf(thrown),
    );
  }
  const { body, headers, status = error.status } = convention.translateError(forClient(error, context.id));
  const nobodyReads = response.destroyed || error.code === 'client-gone';
  if (nobodyReads || response.headersSent) {
    // After an answer has begun, often only a broken connection can show that it is incomplete.
    if (nobodyReads || context.failLate === undefined) response.destroy();
    else context.failLate(body);
    return;
  }
  if (error.code === 'over-capacity' || error.code === 'not-ready') {
    response.set('Retry-After', String(error.retryAfterSeconds ?? defaultRetryAfterSeconds));
  }
  if (error instanceof Unauthorized) response.set('WWW-Authenticate', error.challenge);
  if (error instanceof MethodNotAllowed) response.set('Allow', error.allow);
  // As bytes: Express adds a charset to text, and KServe's client then ignores the message.
  response.setHeader('Content-Type', 'application/json');
  response
    .status(status)
    .set(headers ?? {})
    .send(Buffer.from(JSON.stringify(body)));
}

export function toSandpiperError(thrown: unknown): SandpiperError {
  if (thrown instanceof SandpiperError) return thrown;
  // Express throws it for a path that it cannot decode.
  if (thrown instanceof URIError) {
    return invalidRequest('The path of this URL is not validly percent-encoded.');
  }
  return new SandpiperError('internal', messageOf(thrown), { cause: thrown });
}

/**
 * The operator must act, but the message names only the model and its answer, so that clients may see it: who asks for a
 * model to be loaded reads why it was not, as in the repository's index.
 */
const FOR_CLIENTS_TOO: ReadonlySet<ErrorCode> = new Set([
  'not-ready',
  'wrong-answer',
  'invalid-model',
  'invalid-component',
]);

function forClient(error: SandpiperError, requestId: string): SandpiperError {
  if (ERRORS[error.code].actor === 'client' || FOR_CLIENTS_TOO.has(error.code)) return error;
  const what =
    error.code === 'component-failed' ? 'The component of this model failed' : 'The service failed to answer';
  return new SandpiperError(error.code, `${what}; its log says why, under request id ${requestId}.`);
}
