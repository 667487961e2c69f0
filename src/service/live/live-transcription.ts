/**
 * One live sound on its way through the service: bytes in, events out, a component between them.
 *
 * Guarantees: what a client sends faster than it is transcribed, and what it does not read, holds up its own writes and
 * nothing else. Every turn's text begins with all of its stable words. Ownership: the main thread; whoever opens one
 * disposes of it, which ends its component.
 */
import { setImmediate } from 'node:timers/promises';
import { monotonicMs } from '../../async/clock.ts';
import type { ServiceLimits } from '../../config/limits.ts';
import { SandpiperError, messageOf, inputTooLarge } from '../../errors.ts';
import type { LiveDecoder } from '../../media/live/live-decoder.ts';
import type { LiveReport } from '../../sandbox/guest-protocol.ts';
import type { LiveEvent, LiveTranscription, LiveTurn, TurnOptions } from '../api/live.ts';
import { LiveEvents } from './live-events.ts';
import { LiveFeed } from './live-feed.ts';

/** Bytes that are decoded before anybody else has a turn. */
const PIECE_BYTES = 16_384;
/** Events that wait for their reader before no more sound is taken. */
const MOST_EVENTS = 64;

export interface LiveSoundOptions {
  /** Samples a second, as the component asked for. */
  sampleRate: number;
  /** Seconds that the component may keep of the sound. */
  longestPiece: number;
  decoder: LiveDecoder;
  turns: TurnOptions | null;
  limits: Pick<ServiceLimits, 'liveAheadMs' | 'liveSoundSeconds'>;
}

export class LiveSession implements LiveTranscription {
  readonly feed: LiveFeed;
  readonly #options: LiveSoundOptions;
  readonly #events = new LiveEvents();
  readonly #ending = new AbortController();
  readonly #begun = Promise.withResolvers<void>();
  #read = Promise.withResolvers<void>();
  /** Writes go on one after another. */
  #last: Promise<void> = Promise.resolve();
  #writing = 0;
  #cameAt = monotonicMs();
  #stable = '';
  #speaking = false;
  #spokeAt = 0;
  #finishing = false;

  constructor(options: LiveSoundOptions) {
    this.#options = options;
    const { sampleRate, longestPiece, limits, turns } = options;
    this.feed = new LiveFeed(Math.ceil(sampleRate * (longestPiece + limits.liveAheadMs / 1_000)));
    this.feed.detect(turns);
    this.#ending.signal.addEventListener('abort', () => this.#begun.resolve(), { once: true });
  }

  /** Resolves when there is something to transcribe, or will never be. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Aborted when nobody wants its text any more, or when it failed. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  get ring(): LiveFeed['ring'] {
    return this.feed.ring;
  }

  get cameAt(): number | undefined {
    return this.#writing > 0 || this.feed.over ? undefined : this.#cameAt;
  }

  get silentSeconds(): number {
    // What was released has been heard; what lies here may be speech.
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
    return this.feed.sinceEnd / this.#options.sampleRate;
  }

  endTurn(): void {
    this.#begun.resolve();
    this.feed.endTurn();
  }

  clear(): void {
    if (this.feed.sinceEnd === 0) return;
    this.feed.endTurn({ forget: true });
    this.#begun.resolve();
  }

  detect(turns: TurnOptions | null): void {
    this.feed.detect(turns);
  }

  async end(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.feed.over) return;
      await this.#take(await this.#options.decoder.end());
      this.feed.end();
      this.#begun.resolve();
    });
  }

  finish(): void {
    this.#finishing = true;
    if (!this.#speaking) this.#endNow();
  }

  /** What the component tells. */
  readonly report = (report: LiveReport): void => {
    const { sampleRate } = this.#options;
    if (report.kind === 'released') return this.feed.released();
    const { forgets } = this.feed;
    switch (report.kind) {
      case 'speech-started':
      case 'speech-stopped':
        this.#speaking = report.kind === 'speech-started';
        this.#spokeAt = report.at;
        if (!forgets) this.#events.push({ kind: report.kind, seconds: report.at / sampleRate });
        return;
      case 'words':
        this.#stable += report.stable;
        if (!forgets) this.#events.push(report);
        return;
      case 'turn': {
        const { start, end, text, averageLogProbability } = report;
        if (!text.startsWith(this.#stable)) {
          return this.fail(
            new SandpiperError('wrong-answer', 'The component took back words that it had told as stable.'),
          );
        }
        this.#stable = '';
        this.#speaking = false;
        this.#spokeAt = Math.max(this.#spokeAt, end);
        const byClient = this.feed.settled(end);
        const tokens = [...report.tokens];
        const turn: LiveTurn = {
          kind: 'turn',
          text,
          start: start / sampleRate,
          end: end / sampleRate,
          tokens,
          averageLogProbability,
          byClient,
        };
        if (!forgets) this.#events.push(turn);
        if (this.#finishing) this.#endNow();
      }
    }
  };

  /** The component has answered: all is told. */
  done(): void {
    this.#events.end();
    this.#ending.abort(new SandpiperError('client-gone', 'The sound has ended.'));
  }

  fail(reason: unknown): void {
    this.#events.end(reason instanceof Error ? reason : new Error(messageOf(reason)));
    this.#ending.abort(reason);
  }

  [Symbol.asyncIterator](): AsyncIterator<LiveEvent> {
    return this.#events.read(() => {
      this.#read.resolve();
      this.#read = Promise.withResolvers();
    });
  }

  [Symbol.dispose](): void {
    this.#options.decoder[Symbol.dispose]();
    this.fail(new SandpiperError('client-gone', 'The live sound was given up.'));
  }

  #endNow(): void {
    this.feed.end();
    this.#begun.resolve();
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    this.#writing++;
    const before = this.#last;
    const own = before.then(async () => {
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
    if (samples.length === 0 || this.feed.over) return;
    if ((this.feed.length + samples.length) / sampleRate > limits.liveSoundSeconds) {
      throw inputTooLarge(
        `The live sound lasts longer than the ${limits.liveSoundSeconds} seconds of liveSoundSeconds: begin another.`,
      );
    }
    this.#begun.resolve();
    while (this.#events.length > MOST_EVENTS) {
      this.signal.throwIfAborted();
      await Promise.race([this.#read.promise, this.#aborted]);
    }
    await this.feed.write(samples, this.signal);
  }

  get #aborted(): Promise<void> {
    return new Promise((resolve) => this.signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}
