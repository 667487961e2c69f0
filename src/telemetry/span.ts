/**
 * What one request did and when, as a tree of spans: each a part of its parent, from a start to an end on the clock of
 * {@link monotonicMs}. Sums such as a request's timing are derived from the tree, and traces are made of it.
 */
import { randomBytes } from 'node:crypto';
import { monotonicMs } from '../async/clock.ts';

/** `queue` is waiting for others, wherever it happens; docs/metrics.md describes them all. */
export type SpanName =
  'http.server' | 'request' | 'queue' | 'media' | 'guest' | 'instantiate' | 'compute' | 'http.client';

export type SpanAttributes = Record<string, string | number | boolean>;

/** A span that is over, as it crosses between threads. */
export interface SpanRecord {
  name: SpanName;
  start: number;
  end: number;
  /** As {@link Span.id}, where somebody was told it already. */
  id?: string;
  attributes?: SpanAttributes;
  /** Of several that were merged into one: milliseconds of all of them. */
  busyMs?: number;
  /** As {@link Span.error}. */
  error?: string | undefined;
}

export class Span implements Disposable {
  readonly name: SpanName;
  readonly start: number;
  readonly children: Span[] = [];
  readonly attributes: SpanAttributes;
  /** What it failed with, one of a few names; undefined: it did not. */
  error: string | undefined;
  /** Of several that were merged into one: milliseconds of all of them. */
  readonly busyMs: number | undefined;
  #end: number | undefined;
  #id: string | undefined;

  constructor(
    name: SpanName,
    { start = monotonicMs(), attributes = {}, busyMs, id, error }: Partial<SpanRecord> = {},
  ) {
    this.name = name;
    this.start = start;
    this.attributes = attributes;
    this.busyMs = busyMs;
    this.#id = id;
    this.error = error;
  }

  /** 16 hexadecimal digits, unlike those of any other span. */
  get id(): string {
    return (this.#id ??= newSpanId());
  }

  /** Undefined while it goes on. */
  get end(): number | undefined {
    return this.#end;
  }

  /** Milliseconds until its end, or until now. */
  get ms(): number {
    return this.busyMs ?? (this.#end ?? monotonicMs()) - this.start;
  }

  /** Begins a part of this span; disposing of it ends it. */
  open(name: SpanName): Span {
    return this.#add(new Span(name));
  }

  /** Runs work as a part of this span. */
  async during<Value>(name: SpanName, work: (span: Span) => Promise<Value>): Promise<Value> {
    using span = this.open(name);
    return await work(span);
  }

  /** Adds parts of this span that another thread has noted. */
  adopt(records: readonly SpanRecord[]): void {
    for (const record of records) this.#add(new Span(record.name, record)).close(record.end);
  }

  /** Ends it, if nothing has. */
  close(at = monotonicMs()): void {
    this.#end ??= at;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #add(span: Span): Span {
    this.children.push(span);
    return span;
  }
}

/** 16 hexadecimal digits. */
export function newSpanId(): string {
  return randomBytes(8).toString('hex');
}
