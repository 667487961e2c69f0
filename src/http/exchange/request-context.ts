import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { SandpiperError } from '../../errors.ts';
import type { RequestOptions, Timing } from '../../service/api/request.ts';
import type { HttpMetrics } from '../../telemetry/http-metrics.ts';
import type { Logger, RequestFields } from '../../telemetry/logger.ts';
import type { TraceParent, Tracing } from '../../telemetry/tracing.ts';
import type { Caller } from '../../access/caller.ts';
import { followExchange, PROBE } from './follow-exchange.ts';

/** State of one HTTP request while it is served. */
export interface RequestContext {
  /** The client's `X-Request-Id` if it is usable, otherwise a generated one. */
  readonly id: string;
  readonly fields: RequestFields;
  /** Trace context for the request's work; undefined if it is not traced. */
  readonly trace: TraceParent | undefined;
  /** Aborted when the client disconnects before it has the whole answer. */
  readonly signal: AbortSignal;
  /** Cancels the request's work; the caller gives the answer. */
  readonly giveUp: () => void;
  /** Remote address of the request. */
  readonly address: string;
  /** Called with each piece of the body that is kept; set if the request has a body. */
  received?: (bytes: number) => void;
  /** Called once the body is complete or abandoned. */
  readWhole?: () => void;
  /** Set by the access middleware. */
  caller?: Caller;
  /** Route pattern such as `/v2/models/:model/infer`; set if the path matches one. */
  route?: string;
  /** Set by the handler, for the log. */
  model?: { readonly name: string; readonly version?: number };
  timing?: Timing;
  error?: SandpiperError;
  /** Set by a handler whose body is a live sound: it comes at the pace of speech, and while the service stops as well. */
  live?: boolean;
  /** Set by a handler that has made a WebSocket of the connection. */
  upgraded?: boolean;
  /** Reports a failure inside an answer that has begun; set by streams of events. */
  failLate?: (body: object) => void;
}

/**
 * Security headers of every answer. Answers are data made for one request: they must not be cached, interpreted as
 * another type, or shown inside a page. A route that answers with a page sets its own Content-Security-Policy.
 */
const SECURITY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
} as const;

/** An id that is safe in a header, in a log line and in a file name. */
const usableId = /^[\w.:-]{1,128}$/;

const contexts = new WeakMap<Response, RequestContext>();

/**
 * The first handler: gives each request its {@link RequestContext} and security headers, counts it in the metrics, and
 * logs it once, when the answer has been sent or the connection is closed.
 */
export function openRequestContext(logger: Logger, metrics: HttpMetrics, tracing?: Tracing): RequestHandler {
  return (request, response, next) => {
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

export function optionsOf({ id, signal, caller, address, trace }: RequestContext): RequestOptions {
  return { requestId: id, signal, client: caller?.name ?? address, trace };
}

/** Tells the log and the client the stages of a request, in milliseconds: `queue;dur=0.10, media;dur=6.20, …`. */
export function tellTiming(response: Response, timing: Timing): void {
  contextOf(response).timing = timing;
  // `instantiate` and `compute` are parts of `guest`, and `total` spans them all.
  const stages = ['queue', 'media', 'guest', 'instantiate', 'compute', 'total'] as const;
  response.set('Server-Timing', stages.map((stage) => `${stage};dur=${timing[stage].toFixed(2)}`).join(', '));
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
  // Probes arrive every few seconds.
  const level = PROBE.test(request.originalUrl) ? 'debug' : 'info';
  const { model, timing, error, caller } = context;
  logger[level](
    {
      ...context.fields,
      method: request.method,
      path: request.originalUrl.slice(0, 200),
      status: outcome.status,
      ms: round(outcome.ms),
      ...(caller?.name !== undefined && { key: caller.name }),
      ...(model !== undefined && { model: model.name }),
      ...(model?.version !== undefined && { version: model.version }),
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
