/**
 * Requests followed from service to service, by W3C Trace Context: what the rest of the house knows of tracing. Where
 * the spans go is for `opentelemetry/` to say, which is loaded only where somebody asked for it.
 */
import type { Span } from './span.ts';

/** The two headers of W3C Trace Context, which name the parent span. */
export interface TraceParent {
  traceparent: string;
  tracestate?: string | undefined;
}

export interface Tracing {
  /**
   * Makes a span, and all that will be below it, part of a trace: the caller's, or where there is none, or none that
   * can be read, a new one.
   */
  follow(span: Span, caller: TraceParent | undefined): Trace;
}

export interface Trace {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** Trace context for requests to other services in a span of this trace. */
  parentOf(span: Pick<Span, 'id'>): TraceParent;
  /** The span that it was made for is over, with all below it. */
  end(): void;
}

/** The same trace, with another of its spans as the parent. */
export function childOf({ traceparent, tracestate }: TraceParent, spanId: string): TraceParent {
  const [version, traceId, , flags] = traceparent.split('-');
  return { traceparent: [version, traceId, spanId, flags].join('-'), tracestate };
}
