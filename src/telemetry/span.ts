/**
 * The stages of one request as a tree of spans: each a part of its parent, from a start to an end on the clock of
 * {@link monotonicMs}. Sums such as a request's timing are derived from the tree, and traces are made of it.
 */
import { randomBytes } from 'node:crypto';
import { monotonicMs } from '../async/clock.ts';

/** `queue` is waiting for others, wherever it happens; docs/metrics.md describes them all. */
export type SpanName =
  'http.server' | 'request' | 'queue' | 'media' | 'guest' | 'instantiate' | 'compute' | 'http.client';

/** Parts of a span that are kept one by one; later ones are merged, by name. A long transcription has some hundred. */
export const MAX_SPANS = 1_000;

export type SpanAttributes = Record<string, string | number | boolean>;

/** A span that is over, as it crosses between threads. */
export interface SpanRecord {
  name: SpanName;
  start: number;
  end: number;
  /** As {@link Span.id}, if it was already sent to another service. */
  id?: string;
  attributes?: SpanAttributes;
  /** Milliseconds of all spans that were merged into this one. */
  busyMs?: number;
  /** As {@link Span.error}. */
  error?: string | undefined;
}

export class Span implements Disposable {
  readonly name: SpanName;
  readonly start: number;
  readonly children: Span[] = [];
  readonly attributes: SpanAttributes;
  /** Error code, one of a few; undefined if it did not fail. */
  error: string | undefined;
  /** Where this one is merged into when it ends, with others that came too late to be kept. */
  #merged: Span | undefined;
  #busyMs: number | undefined;
  #end: number | undefined;
  #id: string | undefined;

  constructor(
    name: SpanName,
    { start = monotonicMs(), attributes = {}, busyMs, id, error }: Partial<SpanRecord> = {},
  ) {
    this.name = name;
    this.start = start;
    this.attributes = attributes;
    this.#busyMs = busyMs;
    this.#id = id;
    this.error = error;
  }

  /** 16 hexadecimal digits, unlike those of any other span. */
  get id(): string {
    return (this.#id ??= newSpanId());
  }

  /** Milliseconds of all spans that were merged into this one. */
  get busyMs(): number | undefined {
    return this.#busyMs;
  }

  /** Undefined while it goes on. */
  get end(): number | undefined {
    return this.#end;
  }

  /** Milliseconds until its end, or until now. */
  get ms(): number {
    return this.#busyMs ?? (this.#end ?? monotonicMs()) - this.start;
  }

  /** Begins a part of this span; disposing of it ends it. */
  open(name: SpanName): Span {
    const span = new Span(name);
    if (this.children.length < MAX_SPANS) this.children.push(span);
    else span.#merged = this.#mergedOf(name, span.start);
    return span;
  }

  /** Runs work as a part of this span. */
  async during<Value>(name: SpanName, work: (span: Span) => Promise<Value>): Promise<Value> {
    using span = this.open(name);
    return await work(span);
  }

  /** Adds parts of this span that another thread has noted; what went on after its end was given up with it. */
  adopt(records: readonly SpanRecord[]): void {
    for (const record of records) {
      const end = Math.min(record.end, this.#end ?? Infinity);
      const span = new Span(record.name, { ...record, start: Math.min(record.start, end) });
      span.close(end);
      this.children.push(span);
    }
  }

  /** Ends it, if nothing has. */
  close(at = monotonicMs()): void {
    if (this.#end !== undefined) return;
    this.#end = at;
    const merged = this.#merged;
    if (merged === undefined) return;
    merged.#busyMs = (merged.#busyMs ?? 0) + this.ms;
    merged.#end = at;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #mergedOf(name: SpanName, start: number): Span {
    const known = this.children.find((child) => child.name === name && child.#busyMs !== undefined);
    if (known !== undefined) return known;
    const merged = new Span(name, { start, busyMs: 0 });
    this.children.push(merged);
    return merged;
  }
}

/** 16 hexadecimal digits. */
export function newSpanId(): string {
  return randomBytes(8).toString('hex');
}
