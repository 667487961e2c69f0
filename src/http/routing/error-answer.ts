import type { Response } from 'express';
import { ERRORS, SandpiperError, messageOf, type ErrorCode } from '../../errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { Unauthorized } from '../access/admit-caller.ts';
import { contextOf } from '../exchange/request-context.ts';
import { MethodNotAllowed } from './route.ts';

/** For a client that was turned away where nothing better is known. */
const defaultRetryAfterSeconds = 1;

export interface ErrorAnswer {
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
}

/**
 * Answers whatever a handler threw, in the convention's shape. A client reads messages that were written for
 * clients; of everything else it learns that it is logged, and under which request id.
 */
export function answerError(
  thrown: unknown,
  response: Response,
  convention: { translateError(error: SandpiperError): ErrorAnswer },
  logger: Logger,
): void {
  // Its upload was given up, and that was answered.
  if (response.writableEnded) return;
  const context = contextOf(response);
  const error = toSandpiperError(thrown);
  context.error = error;
  if (error.actor === 'operator' && error.code !== 'not-ready') {
    logger.error(
      { ...context.fields, ...(context.model && { model: context.model }), err: thrown },
      messageOf(thrown),
    );
  }
  const { body, headers, status = error.status } = convention.translateError(forClient(error, context.id));
  const nobodyReads = response.destroyed || error.code === 'client-gone';
  if (nobodyReads || response.headersSent) {
    // Of an answer that has begun, often only a broken connection can say that it is not whole.
    if (nobodyReads || context.failLate === undefined) response.destroy();
    else context.failLate(body);
    return;
  }
  if (error.code === 'over-capacity' || error.code === 'not-ready') {
    response.set('Retry-After', String(error.retryAfterSeconds ?? defaultRetryAfterSeconds));
  }
  if (error instanceof Unauthorized) response.set('WWW-Authenticate', error.challenge);
  if (error instanceof MethodNotAllowed) response.set('Allow', error.allow);
  // As bytes, because Express adds a charset to the type of text, and KServe's client then reads no message.
  response.setHeader('Content-Type', 'application/json');
  response
    .status(status)
    .set(headers ?? {})
    .send(Buffer.from(JSON.stringify(body)));
}

function toSandpiperError(thrown: unknown): SandpiperError {
  if (thrown instanceof SandpiperError) return thrown;
  // Express itself refuses paths that it cannot decode, by an error with a status.
  if (thrown instanceof URIError) {
    return new SandpiperError('invalid-request', 'The path of this URL is not validly percent-encoded.');
  }
  return new SandpiperError('internal', messageOf(thrown), { cause: thrown });
}

/** It is the operator's move, and the words name nothing but the model and what it answered. */
const FOR_CLIENTS_TOO: ReadonlySet<ErrorCode> = new Set(['not-ready', 'wrong-answer']);

function forClient(error: SandpiperError, requestId: string): SandpiperError {
  if (ERRORS[error.code].actor === 'client' || FOR_CLIENTS_TOO.has(error.code)) return error;
  const what =
    error.code === 'component-failed' ? 'The component of this model failed' : 'The service failed to answer';
  return new SandpiperError(error.code, `${what}; its log says why, under request id ${requestId}.`);
}
