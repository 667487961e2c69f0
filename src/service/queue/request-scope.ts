/** The life of one request: its deadline, its caller's presence, and its spans. */
import { monotonicMs } from '../../async/clock.ts';
import { onAbort } from '../../async/on-abort.ts';
import { SandpiperError } from '../../errors.ts';
import type { RequestFields } from '../../telemetry/logger.ts';
import { Span } from '../../telemetry/span.ts';
import type { Trace, TraceParent, Tracing } from '../../telemetry/tracing.ts';
import type { RequestOptions, Timing } from '../api/request.ts';
import { timingOf } from './timing.ts';

export class RequestScope implements Disposable {
  readonly #controller = new AbortController();
  readonly #clientListener: Disposable;
  readonly #clientMs: number;
  /** The whole request; work for it opens spans below this one. */
  readonly span = new Span('request');
  /** The client of the request; all requests without one share a client. */
  readonly client: string;
  /** Fields of each of its log lines. */
  readonly fields: RequestFields;
  readonly #trace: Trace | undefined;
  readonly #stillTold: Promise<void>[] = [];
  /** As {@link RequestOptions.priority}. */
  readonly priority: number;
  #begunAt: number | undefined;
  #order: number | undefined;
  /** Milliseconds for which guest threads have worked for it. */
  workedMs = 0;
  #modelMs: number;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param modelMs the model's own deadline, milliseconds from now
   * @param options the client's own deadline may only be shorter
   * @param tracing where its spans go, if anywhere
   */
  constructor(
    modelMs: number,
    { deadlineMs = Infinity, signal, client = '', priority = 0, requestId, trace }: RequestOptions = {},
    tracing?: Tracing,
  ) {
    this.#modelMs = modelMs;
    this.#clientMs = deadlineMs;
    this.client = client;
    this.priority = priority;
    this.#trace = tracing?.follow(this.span, trace);
    this.fields = {
      ...(requestId !== undefined && { id: requestId }),
      ...(this.#trace && { trace_id: this.#trace.id, span_id: this.span.id }),
    };
    if (signal?.aborted === true) this.giveUp(signal.reason);
    this.#clientListener = onAbort(signal, () => this.giveUp(signal?.reason));
    this.#arm();
  }

  /** Trace context for requests to other services on its behalf; undefined if it is not traced. */
  get parent(): TraceParent | undefined {
    return this.#trace?.parentOf(this.span);
  }

  /** A guest that is stopped at the end of its request tells a moment later what it did until then. */
  traceEndsAfter(told: Promise<void>): void {
    this.#stillTold.push(told);
  }

  /** Aborted at the deadline, or when the caller goes; its reason is the SandpiperError of the request. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** On the monotonic clock. */
  get deadline(): number {
    return this.span.start + Math.min(this.#modelMs, this.#clientMs);
  }

  /** Whether the client asked for less time than the model gives. */
  get hasClientDeadline(): boolean {
    return this.#clientMs < this.#modelMs;
  }

  /** The model's deadline: milliseconds from the request's start. */
  get modelMs(): number {
    return this.#modelMs;
  }

  /** When the request got its first slot, on the monotonic clock; undefined while it waits for it. */
  get begunAt(): number | undefined {
    return this.#begunAt;
  }

  /** Its place among those that wait for a guest thread: the {@link Slot.order} of its last slot. */
  get order(): number | undefined {
    return this.#order;
  }

  begin(order = monotonicMs()): void {
    this.#begunAt ??= monotonicMs();
    this.#order = order;
  }

  /** Ends the request for its caller with this reason, if nothing else has. */
  abort(reason: SandpiperError): void {
    this.#controller.abort(reason);
  }

  /**
   * A guest hears of the deadline at the same moment as the timer here, and what it then makes of it is too late.
   * @throws the signal's reason
   */
  assertInTime(): void {
    if (monotonicMs() >= this.deadline) this.#expire();
    this.signal.throwIfAborted();
  }

  /** The model gives another time, now that the input is known: milliseconds from the request's start. */
  setModelDeadline(modelMs: number): void {
    this.#modelMs = modelMs;
    this.#arm();
  }

  timing(): Timing {
    return timingOf(this.span);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#clientListener[Symbol.dispose]();
    this.span.close();
    if (this.#trace !== undefined) void Promise.all(this.#stillTold).then(() => this.#trace?.end());
  }

  /** Ends the request by its caller's own doing, who gets back the reason for it. */
  giveUp(reason: unknown): void {
    this.#controller.abort(new SandpiperError('client-gone', 'The request was given up.', { cause: reason }));
  }

  readonly #expire = (): void => {
    const deadlineMs = Math.round(this.deadline - this.span.start);
    const message = `The request was not done within its deadline of ${deadlineMs} ms.`;
    this.#controller.abort(new SandpiperError('deadline-exceeded', message));
  };

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#expire, Math.max(0, this.deadline - monotonicMs()));
  }
}
