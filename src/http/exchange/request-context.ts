import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { SandpiperError } from '../../errors.ts';
import type { RequestOptions, Timing } from '../../service/api/request.ts';
import type { HttpMetrics } from '../../telemetry/http-metrics.ts';
import type { Logger, RequestFields } from '../../telemetry/logger.ts';
import type { TraceParent, Tracing } from '../../telemetry/tracing.ts';
import type { Caller } from '../../access/caller.ts';
import { followExchange } from './follow-exchange.ts';
import { PROBE } from './probe.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** What is known of one HTTP request while it is served. */
export interface RequestContext {
  /** The client's own `X-Request-Id` where it is usable, otherwise ours. */
  readonly id: string;
  /** What each log line of the request says. */
  readonly fields: RequestFields;
  /** What goes along with work for it; undefined where nobody follows it. */
  readonly trace: TraceParent | undefined;
  /** Aborted when the client hangs up before it has its whole answer. */
  readonly signal: AbortSignal;
  /** Takes the work of the request away from it: its answer is another's to give. */
  readonly giveUp: () => void;
  /** The address that the request comes from. */
  readonly address: string;
  /** To be told of each piece of the body that is kept; set where the request has a body. */
  received?: (bytes: number) => void;
  /** To be told once the body is whole, or given up. */
  readWhole?: () => void;
  /** Set at the door. */
  caller?: Caller;
  /** As it is described, `/v2/models/:model/infer`; set where the path leads somewhere. */
  route?: string;
  /** Set by the handler, for the log. */
  model?: string;
  version?: number;
  timing?: Timing;
  error?: SandpiperError;
  /** Set by a handler that has made a WebSocket of the connection. */
  upgraded?: boolean;
  /** Set by a handler whose answer, once it has begun, can still say that it fails. */
  failLate?: (body: object) => void;
}

/** An id that is safe in a header, in a log line and in a file name. */
const usableId = /^[\w.:-]{1,128}$/;

const contexts = new WeakMap<Response, RequestContext>();

/**
 * First of all handlers: gives each request its {@link RequestContext}, its security headers, its place in the metrics
 * and its one line in the log, written when the connection has the whole answer or is gone.
 */
export function openRequestContext(logger: Logger, metrics: HttpMetrics, tracing?: Tracing): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    // Each handler on the way listens for its end, and so does a stream that compresses it.
    response.setMaxListeners(20);
    const givenId = request.get('x-request-id');
    const hangUp = new AbortController();
    const id = givenId !== undefined && usableId.test(givenId) ? givenId : randomUUID();
    const followed = followExchange(request, tracing);
    const context: RequestContext = {
      id,
      fields: { id, ...followed.fields },
      trace: followed.parent,
      signal: hangUp.signal,
      giveUp: () => hangUp.abort(gone()),
      address: request.socket.remoteAddress ?? '',
    };
    contexts.set(response, context);
    response.set({ 'X-Request-Id': context.id, ...SECURITY_HEADERS });
    response.once('close', () => {
      const answered = response.writableFinished;
      if (!answered) hangUp.abort(gone());
      const status = context.upgraded === true ? 101 : answered ? response.statusCode : 499;
      metrics.ended(request.method, status);
      writeAccessLine(logger, request, context, { status, ms: followed.span.ms });
      followed.end(context, status);
    });
    next();
  };
}

/** @throws TypeError for a response that did not pass {@link openRequestContext}. */
export function contextOf(response: Response): RequestContext {
  const context = contexts.get(response);
  if (context === undefined) throw new TypeError('This response has no request context.');
  return context;
}

/** What every call of the service is told of its request. */
export function optionsOf({ id, signal, caller, address, trace }: RequestContext): RequestOptions {
  return { requestId: id, signal, client: caller?.name ?? address, ...(trace && { trace }) };
}

function gone(): SandpiperError {
  return new SandpiperError('client-gone', 'The client closed the connection.');
}

function writeAccessLine(
  logger: Logger,
  request: Request,
  context: RequestContext,
  outcome: { status: number; ms: number },
): void {
  // Probes arrive every few seconds for as long as the service lives.
  const level = PROBE.test(request.originalUrl) ? 'debug' : 'info';
  const { model, version, timing, error, caller } = context;
  logger[level](
    {
      ...context.fields,
      method: request.method,
      path: request.originalUrl.slice(0, 200),
      status: outcome.status,
      ms: round(outcome.ms),
      ...(caller?.name !== undefined && { key: caller.name }),
      ...(model !== undefined && { model }),
      ...(version !== undefined && { version }),
      ...(timing !== undefined && {
        queueMs: round(timing.queue),
        mediaMs: round(timing.media),
        guestMs: round(timing.guest),
        computeMs: round(timing.compute),
      }),
      ...(error !== undefined && outcome.status !== 499 && { error: error.code }),
    },
    'request',
  );
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
