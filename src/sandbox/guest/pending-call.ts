/**
 * A call in progress on a guest thread: its outcome, its events, and how long it was paused. It settles once: with the
 * guest's outcome, or with the reason for which it was stopped.
 */
import { monotonicMs } from '../../async/clock.ts';
import type { FolderImage } from '../../capabilities/filesystem/folder-image.ts';
import type { FromGuest, GuestOutcome, LiveReport } from '../guest-protocol.ts';
import type { RequestFields } from '../../telemetry/logger.ts';
import type { SpanRecord } from '../../telemetry/span.ts';
import type { GuestOutput } from '../prediction/guest-values.ts';

/** Events of a call while it runs, and whose call it is. */
export interface CallEvents {
  onProgress?: ((update: { text: string; seconds: number }) => void) | undefined;
  onLive?: ((report: LiveReport) => void) | undefined;
  /** Called with a checked output while the component works on. */
  onPartial?: ((output: GuestOutput) => void) | undefined;
  /** Called when a long call has used up its slice: it sleeps until this resolves. */
  onPause?: (() => Promise<void>) | undefined;
  /** Called with the writable folders of a command that has ended. */
  onFolders?: ((folders: ReadonlyMap<string, FolderImage>) => void) | undefined;
  /** The client whose request it is, on whose behalf graphs that the guest loads are tried. */
  client?: string | undefined;
  /** Fields of the request, added to each log line of the call. */
  fields?: RequestFields | undefined;
  /**
   * Called once with the guest's spans: before the outcome, or, after a stop, when the guest has returned or its thread has
   * ended.
   */
  onSpans?: ((spans: readonly SpanRecord[]) => void) | undefined;
}

/** Messages of a guest about one call. */
export type CallMessage = Extract<FromGuest, { callId: number }>;

export class PendingCall {
  readonly callId: number;
  readonly events: CallEvents;
  readonly #settled = Promise.withResolvers<GuestOutcome>();
  readonly outcome = this.#settled.promise;
  #isSettled = false;
  #isOver = false;
  #pausedMs = 0;
  #pausedAt: number | undefined;

  constructor(callId: number, events: CallEvents) {
    this.callId = callId;
    this.events = events;
  }

  /** Whether its caller has been answered, although the guest may still work on it. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Whether it sleeps while others go first. */
  get paused(): boolean {
    return this.#pausedAt !== undefined;
  }

  /** Milliseconds that it has been paused so far. */
  get pausedMs(): number {
    return this.#pausedMs + (this.#pausedAt === undefined ? 0 : monotonicMs() - this.#pausedAt);
  }

  /** Handles a message of the guest. After a stop only the spans are passed on. */
  receive(message: Exclude<CallMessage, { kind: 'pause' | 'log' }>): void {
    if (message.kind === 'over') this.over(message.spans);
    if (this.#isSettled) return;
    switch (message.kind) {
      case 'progress':
        return this.events.onProgress?.(message);
      case 'live':
        return this.events.onLive?.(message.report);
      case 'partial':
        return this.events.onPartial?.(message.output);
      case 'folders':
        return this.events.onFolders?.(message.folders);
      case 'over':
        this.#isSettled = true;
        this.#settled.resolve(message.outcome);
    }
  }

  /** The guest no longer works on it. */
  over(spans: readonly SpanRecord[] = []): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.events.onSpans?.(spans);
  }

  fail(reason: Error): void {
    this.#isSettled = true;
    this.#settled.reject(reason);
  }

  /** Pauses the call until it may go on. @returns false if the call has ended meanwhile */
  async pause(): Promise<boolean> {
    this.#pausedAt = monotonicMs();
    try {
      await this.events.onPause?.();
      return !this.#isSettled;
    } catch {
      // Its reason ends the call as well.
      return false;
    } finally {
      this.#pausedMs += monotonicMs() - this.#pausedAt;
      this.#pausedAt = undefined;
    }
  }
}
