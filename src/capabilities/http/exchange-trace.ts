/** An outgoing request as a part of the request that the component works for: its span, and the header that says so. */
import { monotonicMs } from '../../async/clock.ts';
import { newSpanId, type SpanAttributes } from '../../telemetry/span.ts';
import { childOf, type TraceParent } from '../../telemetry/tracing.ts';
import type { WasiHost } from '../wasi-host.ts';
import type { EgressRequest, Header } from './egress-protocol.ts';

/** How an exchange ended: it was answered whole, failed, or was given up. */
export interface ExchangeEnd {
  at: number;
  status: number | undefined;
  error: string | undefined;
}

/** @returns the request with its headers, and the callback for its end */
export function traceExchange(
  request: EgressRequest,
  { spans, trace }: Pick<WasiHost, 'spans' | 'trace'>,
): { request: EgressRequest; onEnd: (end: ExchangeEnd) => void } {
  const parent = trace();
  const id = newSpanId();
  const start = monotonicMs();
  return {
    request:
      parent === undefined ? request : { ...request, headers: carryOn(request.headers, childOf(parent, id)) },
    onEnd({ at, status, error }) {
      const attributes = attributesOf(request);
      if (status !== undefined) attributes['http.response.status_code'] = status;
      const failure = error ?? (status !== undefined && status >= 400 ? String(status) : undefined);
      spans.add({ name: 'http.client', id, start, end: at, attributes, error: failure });
    },
  };
}

/** A component that follows its requests by itself has said so, and is left to it. */
function carryOn(headers: readonly Header[], { traceparent, tracestate }: TraceParent): Header[] {
  if (headers.some(([name]) => name.toLowerCase() === 'traceparent')) return [...headers];
  const added = [
    ['traceparent', traceparent],
    ...(tracestate === undefined ? [] : [['tracestate', tracestate]]),
  ] as [string, string][];
  return [...headers, ...added.map(([name, value]): Header => [name, Buffer.from(value, 'latin1')])];
}

/** Without the query, in which there may be a secret. */
function attributesOf({ method, origin, path }: EgressRequest): SpanAttributes {
  const { scheme, host, port } = origin;
  return {
    'http.request.method': method,
    'server.address': host,
    'server.port': port,
    'url.full': `${scheme}://${host}:${port}${path.split('?', 1)[0]}`,
  };
}
