/** One HTTP request and its answer as a span, with the names of OpenTelemetry's conventions for HTTP servers. */
import type { Request } from 'express';
import { ERRORS, type SandpiperError } from '../../errors.ts';
import type { RequestFields } from '../../telemetry/logger.ts';
import { Span } from '../../telemetry/span.ts';
import type { TraceParent, Tracing } from '../../telemetry/tracing.ts';

/** Paths that probes poll every few seconds: their requests are not traced, and logged at debug level only. */
export const PROBE = /^\/(v2\/health\/|v2\/models\/[^/]+(\/versions\/\d+)?\/ready$|metrics$|page\/activity$)/;

/** Methods that are recorded; any other is `_OTHER`, since clients choose it. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);

export interface FollowedExchange {
  readonly span: Span;
  readonly fields: RequestFields;
  /** Trace context for the request's work; undefined if it is not traced. */
  readonly parent: TraceParent | undefined;
  /** Ends the span when the answer has been sent or the connection is closed. */
  end(known: { route?: string; error?: SandpiperError }, status: number): void;
}

/** Traces a request under its `traceparent`, if tracing is on and it is no probe's. */
export function followExchange(request: Request, tracing: Tracing | undefined): FollowedExchange {
  const span = new Span('http.server');
  const end: FollowedExchange['end'] = () => span.close();
  if (tracing === undefined || PROBE.test(request.originalUrl))
    return { span, fields: {}, parent: undefined, end };
  Object.assign(span.attributes, attributesOf(request));
  const traceparent = request.get('traceparent');
  const caller =
    traceparent === undefined ? undefined : { traceparent, tracestate: request.get('tracestate') };
  const trace = tracing.follow(span, caller);
  return {
    span,
    fields: { trace_id: trace.id, span_id: span.id },
    parent: trace.parentOf(span),
    end({ route, error }, status) {
      if (route !== undefined) span.attributes['http.route'] = route;
      span.attributes['http.response.status_code'] = status;
      // Client errors do not make the server's span fail.
      if (status >= 500) span.error = error?.code ?? String(status);
      else if (status === ERRORS['client-gone'].status) span.error = 'client-gone';
      span.close();
      trace.end();
    },
  };
}

function attributesOf(request: Request): Span['attributes'] {
  const { method, httpVersion, originalUrl, socket, protocol } = request;
  const known = METHODS.has(method);
  const agent = request.get('user-agent');
  return {
    'http.request.method': known ? method : '_OTHER',
    'url.path': (originalUrl.split('?', 1)[0] ?? '').slice(0, 200),
    'url.scheme': protocol,
    'network.protocol.version': httpVersion,
    ...(socket.remoteAddress !== undefined && { 'client.address': socket.remoteAddress }),
    ...(socket.localPort !== undefined && { 'server.port': socket.localPort }),
    ...(socket.localAddress !== undefined && { 'server.address': socket.localAddress }),
    ...(agent !== undefined && { 'user_agent.original': agent.slice(0, 200) }),
  };
}
