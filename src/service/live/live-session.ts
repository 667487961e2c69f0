/**
 * One live session: bytes of sound in, events out, and the component between them.
 *
 * Guarantees: a client that sends faster than its sound is transcribed, or that does not read its events, slows down its
 * own writes and nothing else. The text of a turn begins with all words of it that were reported as stable.
 * Ownership: the main thread. Who opens a session disposes of it, which ends the component's call.
 */
import { setImmediate } from 'node:timers/promises';
import { monotonicMs } from '../../async/clock.ts';
import { Condition } from '../../async/condition.ts';
import type { ServiceLimits } from '../../config/limits.ts';
import { SandpiperError, messageOf, inputTooLarge } from '../../errors.ts';
import type { LiveDecoder } from '../../media/live/live-decoder.ts';
import type { LiveReport } from '../../sandbox/guest-protocol.ts';
import type { LiveEvent, LiveTranscription, LiveTurn, TurnOptions } from '../api/live.ts';
import { LiveEventQueue } from './live-event-queue.ts';
import { LiveBuffer } from './live-buffer.ts';

/** Bytes decoded at a time, before the main thread does other work. */
const PIECE_BYTES = 16_384;
/** Sound that is further ahead of the pace of speech was not spoken meanwhile. */
const MAX_AHEAD_MS = 2_000;
/** Events that may wait for their reader; with more, writes wait. */
const MAX_EVENTS = 64;

export interface LiveSessionOptions {
  /** In hertz, as the component asks for. */
  sampleRate: number;
  /** Seconds of sound that the component may keep. */
  longestPiece: number;
  decoder: LiveDecoder;
  turns: TurnOptions | null;
  limits: Pick<ServiceLimits, 'liveAheadMs' | 'liveSoundSeconds'>;
}

export class LiveSession implements LiveTranscription {
  readonly buffer: LiveBuffer;
  readonly #options: LiveSessionOptions;
  readonly #events = new LiveEventQueue();
  readonly #ending = new AbortController();
  readonly #begun = Promise.withResolvers<void>();
  readonly #taken = new Condition();
  /** The last write: the next one follows it. */
  #last: Promise<void> = Promise.resolve();
  #writing = 0;
  #cameAt = monotonicMs();
  /** When what has come would have been spoken. */
  #spokenBy = this.#cameAt;
  #stable = '';
  #speaking = false;
  #spokeAt = 0;
  #finishing = false;

  constructor(options: LiveSessionOptions) {
    this.#options = options;
    const { sampleRate, longestPiece, limits, turns } = options;
    this.buffer = new LiveBuffer(Math.ceil(sampleRate * (longestPiece + limits.liveAheadMs / 1_000)));
    this.detectTurns(turns);
    this.#ending.signal.addEventListener('abort', () => this.#begun.resolve(), { once: true });
  }

  /** Resolves when the first sound is here, or when it is known that none will come. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Aborted when the session has failed or is disposed of. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  get ring(): LiveBuffer['ring'] {
    return this.buffer.ring;
  }

  /** When sound last came, on the monotonic clock; undefined while the client cannot send, or need not. */
  get cameAt(): number | undefined {
    return this.#writing > 0 || this.buffer.over ? undefined : this.#cameAt;
  }

  /** Seconds of sound since somebody last spoke. */
  get silentSeconds(): number {
    // Released samples were heard by the component; those still in the ring may be speech.
    const heard = this.ring.released;
    return this.#speaking ? 0 : Math.max(0, heard - this.#spokeAt) / this.#options.sampleRate;
  }

  async write(sound: Uint8Array | Float32Array): Promise<void> {
    const bytes = new Uint8Array(sound.buffer, sound.byteOffset, sound.byteLength);
    return this.#inTurn(async () => {
      for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
        if (at > 0) await setImmediate();
        await this.#take(await this.#options.decoder.push(bytes.subarray(at, at + PIECE_BYTES)));
      }
    });
  }

  get pendingSeconds(): number {
    return this.buffer.sinceEnd / this.#options.sampleRate;
  }

  endTurn(): void {
    this.#begun.resolve();
    this.buffer.endTurn();
  }

  clear(): void {
    if (this.buffer.sinceEnd === 0) return;
    this.buffer.endTurn({ discard: true });
    this.#begun.resolve();
  }

  detectTurns(turns: TurnOptions | null): void {
    this.ring.detect(turns ?? undefined);
  }

  async end(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.buffer.over) return;
      await this.#take(await this.#options.decoder.end());
      this.#endNow();
    });
  }

  finish(): void {
    this.#finishing = true;
    if (!this.#speaking) this.#endNow();
  }

  /** Takes a report of the component. */
  readonly report = (report: LiveReport): void => {
    const { sampleRate } = this.#options;
    if (report.kind === 'released') return this.buffer.released();
    const { discards } = this.buffer;
    switch (report.kind) {
      case 'speech-started':
      case 'speech-stopped':
        this.#speaking = report.kind === 'speech-started';
        this.#spokeAt = report.at;
        if (!discards) this.#events.push({ kind: report.kind, seconds: report.at / sampleRate });
        return;
      case 'words':
        this.#stable += report.stable;
        if (!discards) this.#events.push(report);
        return;
      case 'turn': {
        const { start, end, text, averageLogProbability } = report;
        if (!text.startsWith(this.#stable)) {
          const message = 'The component took back words that it had reported as stable.';
          return this.fail(new SandpiperError('wrong-answer', message));
        }
        this.#stable = '';
        this.#speaking = false;
        this.#spokeAt = Math.max(this.#spokeAt, end);
        const turn: LiveTurn = {
          kind: 'turn',
          text,
          start: start / sampleRate,
          end: end / sampleRate,
          tokens: [...report.tokens],
          averageLogProbability,
          byClient: this.buffer.settled(end),
        };
        if (!discards) this.#events.push(turn);
        if (this.#finishing) this.#endNow();
      }
    }
  };

  /** The component has returned: there are no more events. */
  done(): void {
    this.#events.end();
    this.#ending.abort(new SandpiperError('client-gone', 'The sound has ended.'));
  }

  fail(reason: unknown): void {
    this.#events.end(reason instanceof Error ? reason : new Error(messageOf(reason)));
    this.#ending.abort(reason);
  }

  [Symbol.asyncIterator](): AsyncIterator<LiveEvent> {
    return this.#events.read(() => this.#taken.notify());
  }

  [Symbol.dispose](): void {
    this.#options.decoder[Symbol.dispose]();
    this.fail(new SandpiperError('client-gone', 'The live sound was given up.'));
  }

  #endNow(): void {
    this.buffer.end();
    this.#begun.resolve();
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    this.#writing++;
    const own = this.#last.then(async () => {
      this.signal.throwIfAborted();
      try {
        await work();
      } catch (error) {
        this.fail(error);
        throw error;
      }
    });
    this.#last = own.catch(() => undefined);
    try {
      await own;
    } finally {
      this.#writing--;
      this.#cameAt = monotonicMs();
    }
  }

  async #take(samples: Float32Array): Promise<void> {
    const { sampleRate, limits } = this.#options;
    if (samples.length === 0 || this.buffer.over) return;
    if ((this.buffer.length + samples.length) / sampleRate > limits.liveSoundSeconds) {
      throw inputTooLarge(
        `The live sound lasts longer than the ${limits.liveSoundSeconds} seconds of liveSoundSeconds: begin another.`,
      );
    }
    this.#begun.resolve();
    while (this.#events.length > MAX_EVENTS) {
      this.signal.throwIfAborted();
      await this.#taken.wait(this.signal);
    }
    // What was spoken while a network stood still may come at once.
    const from = Math.max(this.#spokenBy, monotonicMs() - limits.liveAheadMs);
    this.#spokenBy = from + (samples.length / sampleRate) * 1_000;
    this.ring.ahead = this.#spokenBy > monotonicMs() + MAX_AHEAD_MS;
    await this.buffer.write(samples, this.signal);
  }
}
