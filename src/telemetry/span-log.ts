import { MAX_SPANS, type SpanName, type SpanRecord } from './span.ts';

/**
 * The spans that a guest thread notes in one call. Those beyond {@link MAX_SPANS} are merged into one of each name,
 * so that a component which computes for ever fills no memory.
 */
export class SpanLog {
  #spans: SpanRecord[] = [];
  readonly #merged = new Map<SpanName, SpanRecord & { busyMs: number }>();

  add(span: SpanRecord): void {
    if (this.#spans.length < MAX_SPANS) {
      this.#spans.push(span);
      return;
    }
    const { name, start, end } = span;
    const merged = this.#merged.get(name) ?? { name, start, end, busyMs: 0 };
    merged.end = end;
    merged.busyMs += end - start;
    this.#merged.set(name, merged);
  }

  /** All of them; the log is empty afterwards. */
  take(): SpanRecord[] {
    const spans = [...this.#spans, ...this.#merged.values()];
    this.#spans = [];
    this.#merged.clear();
    return spans;
  }
}
