/**
 * One decoding thread and its current sound, controlled from the main thread.
 *
 * Purpose: codecs are foreign code that reads hostile files, so a thread is never trusted to answer: it works in
 * slices, between which others may go first, and is ended when its time is up, when it is stuck in one call of a
 * decoder, or when its caller has gone. Guarantees: whatever happens to the thread, its call settles, and only when the
 * thread is idle or has ended; an `ended` one takes no more calls. Ownership: the main thread.
 */
import type { Worker } from 'node:worker_threads';
import type { ServiceLimits } from '../config/limits.ts';
import { startThread } from '../start-thread.ts';
import { SandpiperError, fromPlainError, unusableInput } from '../errors.ts';
import { threadEntry } from '../package-files.ts';
import { SoundPace } from './sound-pace.ts';
import type { SoundReply, SoundRequest } from './sound-protocol.ts';
import type { SoundBounds } from './sound/mono-sink.ts';
import { abortError, onAbort } from '../async/on-abort.ts';

export type SoundLimits = SoundBounds & Pick<ServiceLimits, 'soundDecodeMs' | 'soundStallMs'>;

/** The thread's JavaScript heap, without samples, which the sound's length bounds. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 192, stackSizeMb: 4 };

/** Time for the thread to start, generous for a loaded machine. */
const START_MS = 15_000;

/** Work after which others may go first, as for a component on a guest thread. */
const SLICE_MS = 250;

/** Interval at which the thread is checked. */
const TICK_MS = 50;

/** Lets others go first: resolves when this sound may go on, and rejects if it never may. */
export type GiveWay = () => Promise<void>;

interface Call {
  request: SoundRequest;
  limits: SoundLimits;
  giveWay: GiveWay;
  workedMs: number;
  /** Milliseconds of work since others could last go first. */
  sliceMs: number;
  givingWay: boolean;
  /** Milliseconds of work since the last piece was done. */
  stillMs: number;
  pieces: number;
  resolve: (samples: Float32Array<ArrayBuffer>) => void;
  reject: (error: unknown) => void;
}

export class SoundThreadHandle {
  readonly #worker: Worker;
  readonly #pace = new SoundPace();
  #running: Call | undefined;
  /** Waits for the thread to start, then checks the running call. */
  #timer: NodeJS.Timeout | undefined;
  #ready = false;
  #ended = false;

  constructor(entry: URL = threadEntry(import.meta.url, './sound-thread.ts')) {
    this.#worker = startThread(entry, {
      name: 'sound',
      workerData: { cells: this.#pace.cells },
      resourceLimits: RESOURCE_LIMITS,
    });
    this.#worker.on('message', (reply: SoundReply) => this.#onReply(reply));
    this.#worker.on('messageerror', (cause) => this.#fail(this.#death(cause)));
    this.#worker.on('error', (cause) => this.#fail(this.#death(cause)));
    this.#worker.on('exit', () => this.#fail(this.#death()));
    this.#worker.unref();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /**
   * One call at a time. Ends the thread when the call's time is up, `signal` aborts or `giveWay` rejects; the
   * promise settles only when the thread is idle or really gone.
   */
  async decode(
    bytes: Uint8Array,
    sampleRate: number,
    limits: SoundLimits,
    signal: AbortSignal,
    giveWay: GiveWay,
  ): Promise<Float32Array<ArrayBuffer>> {
    using _listener = onAbort(signal, () => this.#fail(abortError(signal)));
    this.#worker.ref();
    try {
      return await new Promise((resolve, reject) => {
        // A copy: the caller's view may be a part of a larger buffer, which would be transferred as a whole.
        const copy = new Uint8Array(bytes);
        const { soundSeconds, soundSamples } = limits;
        const bounds = { soundSeconds, soundSamples };
        const request = { bytes: copy, sampleRate, bounds };
        const times = { workedMs: 0, sliceMs: 0, stillMs: 0, pieces: this.#pace.pieces, givingWay: false };
        this.#running = { request, limits, giveWay, ...times, resolve, reject };
        if (this.#ready) this.#send(this.#running);
        else this.#timer = setTimeout(() => this.#fail(this.#death()), START_MS);
      });
    } finally {
      clearTimeout(this.#timer);
      this.#running = undefined;
      this.#pace.resume();
      this.#worker.unref();
      if (this.#ended) await this.end();
    }
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#worker.terminate();
  }

  /** Sent only once the thread runs, so that a later end of the thread can be attributed to the file. */
  #send(call: Call): void {
    clearTimeout(this.#timer);
    this.#worker.postMessage(call.request, [call.request.bytes.buffer]);
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      // If this process itself was stalled, the time says nothing about the thread.
      this.#look(call, Math.min(now - last, 4 * TICK_MS));
      last = now;
    }, TICK_MS);
  }

  #look(call: Call, ms: number): void {
    if (this.#pace.isPaused) return;
    const { limits } = call;
    const { pieces } = this.#pace;
    call.workedMs += ms;
    call.sliceMs += ms;
    call.stillMs = pieces === call.pieces ? call.stillMs + ms : 0;
    call.pieces = pieces;
    if (call.workedMs > limits.soundDecodeMs) this.#fail(tooSlow(limits.soundDecodeMs));
    else if (call.stillMs > limits.soundStallMs) this.#fail(stuck(limits.soundStallMs));
    else if (call.sliceMs > SLICE_MS && !call.givingWay) void this.#giveWay(call);
  }

  /** Lets others go first at once, even if the thread is in a call of a decoder and does not pause yet. */
  async #giveWay(call: Call): Promise<void> {
    call.givingWay = true;
    this.#pace.pause();
    try {
      await call.giveWay();
    } catch (error) {
      if (this.#running === call) this.#fail(error);
    }
    if (this.#running === call) this.#pace.resume();
    call.givingWay = false;
    call.sliceMs = 0;
  }

  #onReply(reply: SoundReply): void {
    if (reply.kind === 'ready') {
      this.#ready = true;
      if (this.#running !== undefined) this.#send(this.#running);
      return;
    }
    if (reply.kind === 'decoded') this.#running?.resolve(reply.samples);
    else this.#running?.reject(fromPlainError(reply.error));
  }

  #fail(error: unknown): void {
    this.#ended = true;
    this.#running?.reject(error);
  }

  /** A thread that never started is the operator's problem; one that ran failed because of the client's file. */
  #death(cause?: unknown): SandpiperError {
    if (!this.#ready) {
      return new SandpiperError('internal', 'The thread that decodes sounds does not start', { cause });
    }
    return unusableInput(
      'Cannot decode the sound: its decoder broke down over it; save it again, for example as a 16-bit WAV, and send that',
      { cause },
    );
  }
}

function tooSlow(milliseconds: number): SandpiperError {
  return unusableInput(
    `Cannot decode the sound: that takes longer than ${milliseconds} ms; send a shorter one, or a 16-bit WAV`,
  );
}

function stuck(milliseconds: number): SandpiperError {
  return unusableInput(
    `Cannot decode the sound: its decoder has not gone on for ${milliseconds} ms; save it again, for example as a 16-bit WAV, and send that`,
  );
}
