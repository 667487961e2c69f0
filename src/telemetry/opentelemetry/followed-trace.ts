/** One tree of spans as a part of a trace: the ids that others get while it goes on, and the spans sent at its end. */
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  createTraceState,
  trace,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { SamplingDecision, type Sampler } from '@opentelemetry/sdk-trace';
import { monotonicMs } from '../../async/clock.ts';
import type { Span, SpanName } from '../span.ts';
import type { Trace, TraceParent } from '../tracing.ts';
import type { GivenIds } from './given-ids.ts';

const KINDS: Partial<Record<SpanName, SpanKind>> = {
  'http.server': SpanKind.SERVER,
  'http.client': SpanKind.CLIENT,
};

/** The wall clock was set, and did not only run a little faster or slower. */
const CLOCK_JUMP_MS = 5;

export interface TraceParts {
  tracer: Tracer;
  ids: GivenIds;
  sampler: Sampler;
}

export class FollowedTrace implements Trace {
  readonly id: string;
  readonly #root: Span;
  readonly #parts: TraceParts;
  readonly #caller: SpanContext | undefined;
  readonly #sampled: boolean;
  /** Context that every span of the tree shares, apart from its id. */
  readonly #context: Omit<SpanContext, 'spanId'>;

  constructor(root: Span, caller: TraceParent | undefined, parts: TraceParts) {
    this.#root = root;
    this.#parts = parts;
    this.#caller = contextOf(caller);
    this.id = this.#caller?.traceId ?? parts.ids.newTraceId();
    const above = this.#caller ? trace.setSpanContext(ROOT_CONTEXT, this.#caller) : ROOT_CONTEXT;
    const { decision, traceState = this.#caller?.traceState } = parts.sampler.shouldSample(
      above,
      this.id,
      titleOf(root),
      KINDS[root.name] ?? SpanKind.INTERNAL,
      root.attributes,
      [],
    );
    this.#sampled = decision === SamplingDecision.RECORD_AND_SAMPLED;
    this.#context = {
      traceId: this.id,
      traceFlags: this.#sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
      ...(traceState && { traceState }),
    };
  }

  parentOf({ id }: Pick<Span, 'id'>): TraceParent {
    const { traceFlags, traceState } = this.#context;
    const flags = traceFlags.toString(16).padStart(2, '0');
    const tracestate = traceState?.serialize();
    return { traceparent: `00-${this.id}-${id}-${flags}`, ...(tracestate && { tracestate }) };
  }

  end(): void {
    if (this.#sampled) this.#send(this.#root, this.#caller);
  }

  #send(span: Span, parent: SpanContext | undefined): void {
    const { tracer, ids } = this.#parts;
    ids.give({ trace: this.id, span: span.id });
    const options = {
      kind: KINDS[span.name] ?? SpanKind.INTERNAL,
      startTime: epochMs(span.start),
      attributes: attributesOf(span),
    };
    const above = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    const sent = tracer.startSpan(titleOf(span), options, above);
    if (span.error !== undefined) sent.setStatus({ code: SpanStatusCode.ERROR });
    // A span that is still open was given up with its request.
    sent.end(epochMs(span.end ?? this.#root.end ?? monotonicMs()));
    for (const child of span.children) this.#send(child, { ...this.#context, spanId: span.id });
  }
}

function contextOf(caller: TraceParent | undefined): SpanContext | undefined {
  const context = caller && parseTraceParent(caller.traceparent);
  if (!context) return undefined;
  const { tracestate } = caller;
  return { ...context, isRemote: true, ...(tracestate && { traceState: createTraceState(tracestate) }) };
}

function attributesOf({ attributes, error, busyMs }: Span): Span['attributes'] {
  return {
    ...attributes,
    ...(error !== undefined && { 'error.type': error }),
    ...(busyMs !== undefined && { 'sandpiper.busy_ms': busyMs }),
  };
}

/** HTTP spans have the name of OpenTelemetry's conventions: the method and, if it is known, the route. */
function titleOf({ name, attributes }: Span): string {
  if (KINDS[name] === undefined) return name;
  const { 'http.request.method': method, 'http.route': route } = attributes;
  const title = method === '_OTHER' ? 'HTTP' : String(method);
  return route === undefined ? title : `${title} ${String(route)}`;
}

let offsetMs = Date.now() - monotonicMs();

/** A moment on the monotonic clock as milliseconds since 1970. All of one trace are moved alike. */
function epochMs(at: number): number {
  const now = Date.now() - monotonicMs();
  if (Math.abs(now - offsetMs) > CLOCK_JUMP_MS) offsetMs = now;
  return at + offsetMs;
}
