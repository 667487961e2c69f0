/**
 * A call that a guest thread works at: who waits for it, what it tells meanwhile, and how long others kept it from
 * working. It settles once: by the guest's outcome, or by the reason for which it was stopped.
 */
import { monotonicMs } from '../../async/clock.ts';
import type { FolderImage } from '../../capabilities/filesystem/folder-image.ts';
import type { FromGuest, GuestOutcome, LiveReport } from '../guest-protocol.ts';
import type { RequestFields } from '../../telemetry/logger.ts';
import type { SpanRecord } from '../../telemetry/span.ts';
import type { GuestOutput } from '../prediction/guest-values.ts';

/** What a call tells while it runs. */
export interface CallEvents {
  onProgress?: ((update: { text: string; seconds: number }) => void) | undefined;
  onLive?: ((report: LiveReport) => void) | undefined;
  /** An output, held to what the component said, while it works on. */
  onPartial?: ((output: GuestOutput) => void) | undefined;
  /** A long call has had its slice: it sleeps until this resolves. */
  onPause?: (() => Promise<void>) | undefined;
  /** Of a command that has ended: the folders that it may write to. */
  onFolders?: ((folders: ReadonlyMap<string, FolderImage>) => void) | undefined;
  /** Of the request that the call is for: go with each of its log lines. */
  fields?: RequestFields | undefined;
  /**
   * What the guest did, told once: before its outcome, or, where it was stopped, when it has come back or its thread has
   * ended.
   */
  onSpans?: ((spans: readonly SpanRecord[]) => void) | undefined;
}

/** Messages of a guest that are about one call. */
export type CallMessage = Extract<FromGuest, { call: number }>;

export class PendingCall {
  readonly call: number;
  readonly #events: CallEvents;
  readonly #settled = Promise.withResolvers<GuestOutcome>();
  #isSettled = false;
  #isOver = false;
  #pausedMs = 0;
  #pausedAt: number | undefined;

  constructor(call: number, events: CallEvents) {
    this.call = call;
    this.#events = events;
  }

  get outcome(): Promise<GuestOutcome> {
    return this.#settled.promise;
  }

  /** Nobody waits for it any more, though the guest may still work at it. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Asleep until others had their turn. */
  get paused(): boolean {
    return this.#pausedAt !== undefined;
  }

  /** Milliseconds so far in which it was paused. */
  get pausedMs(): number {
    return this.#pausedMs + (this.#pausedAt === undefined ? 0 : monotonicMs() - this.#pausedAt);
  }

  get fields(): RequestFields | undefined {
    return this.#events.fields;
  }

  /** What the guest tells of it. After it was stopped its caller hears nothing more but what the guest did until then. */
  receive(message: Exclude<CallMessage, { kind: 'pause' | 'log' }>): void {
    if ('spans' in message) this.over(message.spans);
    if (this.#isSettled) return;
    switch (message.kind) {
      case 'progress':
        return this.#events.onProgress?.(message);
      case 'live':
        return this.#events.onLive?.(message.report);
      case 'partial':
        return this.#events.onPartial?.(message.output);
      case 'folders':
        return this.#events.onFolders?.(message.folders);
      default:
        this.#isSettled = true;
        this.#settled.resolve(message);
    }
  }

  /** The guest works at it no longer. */
  over(spans: readonly SpanRecord[] = []): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.onSpans?.(spans);
  }

  fail(reason: Error): void {
    this.#isSettled = true;
    this.#settled.reject(reason);
  }

  /** Until its turn has come again. Whether it has: a call that ends meanwhile is woken by whoever ends it. */
  async pause(): Promise<boolean> {
    this.#pausedAt = monotonicMs();
    try {
      await this.#events.onPause?.();
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
