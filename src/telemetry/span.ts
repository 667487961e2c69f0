/**
 * What one request did and when, as a tree of spans: each a part of its parent, from a start to an end on the clock of
 * {@link monotonicMs}. Sums such as a request's timing are derived from the tree, and traces are made of it.
 */
import { monotonicMs } from '../async/clock.ts';

/** `queue` is waiting for others, wherever it happens; docs/metrics.md describes them all. */
export type SpanName = 'request' | 'queue' | 'media' | 'guest' | 'instantiate' | 'compute';

export type SpanAttributes = Record<string, string | number | boolean>;

/** A span that is over, as it crosses between threads. */
export interface SpanRecord {
  name: SpanName;
  start: number;
  end: number;
  attributes?: SpanAttributes;
  /** Of several that were merged into one: milliseconds of all of them. */
  busyMs?: number;
}

export class Span implements Disposable {
  readonly name: SpanName;
  readonly start: number;
  readonly children: Span[] = [];
  readonly attributes: SpanAttributes;
  readonly #busyMs: number | undefined;
  #end: number | undefined;

  constructor(name: SpanName, { start = monotonicMs(), attributes = {}, busyMs }: Partial<SpanRecord> = {}) {
    this.name = name;
    this.start = start;
    this.attributes = attributes;
    this.#busyMs = busyMs;
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
