/**
 * One thread and the sound that it decodes, held back and ended from outside.
 *
 * Purpose: codecs are foreign code that reads hostile files, so a thread is never trusted to answer: it works in
 * slices between which others may go first, and is ended when its time is up, when it stands still inside one call
 * of a decoder, or when its caller has gone. Guarantees: whatever happens to the thread, its call settles, and only
 * when the thread is idle or really gone; after that an `ended` one takes no more calls. Ownership: the main thread.
 */
import { Worker } from 'node:worker_threads';
import { THREAD_LIMITS } from '../config/thread-limits.ts';
import { SandpiperError, fromPlainError } from '../errors.ts';
import { threadEntry } from '../package-files.ts';
import { SoundPace } from './sound-pace.ts';
import type { SoundBounds, SoundReply, SoundRequest } from './sound-protocol.ts';
import { abortError, onAbort } from '../async/on-abort.ts';

/** What bounds the decoding of one sound. */
export interface SoundLimits extends SoundBounds {
  /** Work on one sound, in ms; while others go first and until the thread has started nothing is counted. */
  soundDecodeMs: number;
  /** In ms, how long the thread may be inside one call of a decoder. */
  soundStallMs: number;
}

/** The thread's JavaScript heap; samples lie outside of it and are bounded by the sound's length. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };

/** Loading the thread's own files; far more than that takes under any load. */
const START_MS = 15_000;

/** Work after which others may go first; as long as that of a component on a guest thread. */
const SLICE_MS = 500;

/** How often the thread is looked at. */
const TICK_MS = 50;

/** Lets others go first: settles when it is this sound's turn again, and rejects when that will never be. */
export type GiveWay = () => Promise<void>;

interface Call {
  request: SoundRequest;
  limits: SoundLimits;
  giveWay: GiveWay;
  /** In the thread's hands, in ms. */
  workedMs: number;
  /** The part of that since others could last go first. */
  sliceMs: number;
  givingWay: boolean;
  /** The part of that since its last piece was done. */
  stillMs: number;
  pieces: number;
  resolve: (samples: Float32Array<ArrayBuffer>) => void;
  reject: (error: unknown) => void;
}

export class SoundThread {
  readonly #worker: Worker;
  readonly #pace = new SoundPace();
  /** Ids only grow: an answer to a call that is over fits no other. */
  #calls = 0;
  #running: Call | undefined;
  /** Waits for the thread to start, then looks at the running call now and then. */
  #timer: NodeJS.Timeout | undefined;
  #ready = false;
  #ended = false;

  constructor(entry: URL = threadEntry(import.meta.url, './sound-thread.ts')) {
    // Deny by default: no environment, flags or arguments of the host's process.
    this.#worker = new Worker(entry, {
      name: 'sound',
      env: {},
      execArgv: [],
      argv: [],
      workerData: { cells: this.#pace.cells },
      resourceLimits: { ...RESOURCE_LIMITS, ...THREAD_LIMITS },
    });
    this.#worker.on('message', (reply: SoundReply) => this.#onReply(reply));
    this.#worker.on('messageerror', (cause) => this.#fail(this.#death(cause)));
    this.#worker.on('error', (cause) => this.#fail(this.#death(cause)));
    this.#worker.on('exit', () => this.#fail(this.#death()));
    this.#worker.unref();
  }

  /** Whether the thread takes no more calls. */
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
        // A copy of its own: the caller's view may show a part of a larger buffer, all of which would go along.
        const copy = new Uint8Array(bytes);
        const { soundSeconds, soundSamples } = limits;
        const bounds = { soundSeconds, soundSamples };
        const request = { call: ++this.#calls, bytes: copy, sampleRate, bounds };
        const times = { workedMs: 0, sliceMs: 0, stillMs: 0, pieces: this.#pace.pieces, givingWay: false };
        this.#running = { request, limits, giveWay, ...times, resolve, reject };
        if (this.#ready) this.#send(this.#running);
        else this.#timer = setTimeout(() => this.#fail(this.#death()), START_MS);
      });
    } finally {
      clearTimeout(this.#timer);
      this.#running = undefined;
      this.#pace.goOn();
      this.#worker.unref();
      if (this.#ended) await this.end();
    }
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#worker.terminate();
  }

  /** Only once the thread runs: it is then clear whether it or the file is to blame when it ends. */
  #send(call: Call): void {
    clearTimeout(this.#timer);
    this.#worker.postMessage(call.request, [call.request.bytes.buffer]);
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      // While the process itself stood still nothing can be told of the thread.
      this.#look(call, Math.min(now - last, 4 * TICK_MS));
      last = now;
    }, TICK_MS);
  }

  #look(call: Call, ms: number): void {
    if (this.#pace.held) return;
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

  /** Others go first at once, even while the thread is inside a call of a decoder and does not hold. */
  async #giveWay(call: Call): Promise<void> {
    call.givingWay = true;
    this.#pace.hold();
    try {
      await call.giveWay();
    } catch (error) {
      if (this.#running === call) this.#fail(error);
    }
    if (this.#running === call) this.#pace.goOn();
    call.givingWay = false;
    call.sliceMs = 0;
  }

  #onReply(reply: SoundReply): void {
    if (reply.kind === 'ready') {
      this.#ready = true;
      if (this.#running !== undefined) this.#send(this.#running);
      return;
    }
    const call = this.#running;
    if (call === undefined || call.request.call !== reply.call) return;
    if (reply.kind === 'decoded') call.resolve(reply.samples);
    else call.reject(fromPlainError(reply.error));
  }

  #fail(error: unknown): void {
    this.#ended = true;
    this.#running?.reject(error);
  }

  /** A thread that never ran is the operator's to repair; one that ran broke down over the client's file. */
  #death(cause?: unknown): SandpiperError {
    if (!this.#ready) {
      return new SandpiperError('internal', 'The thread that decodes sounds does not start', { cause });
    }
    return new SandpiperError(
      'unusable-input',
      'Cannot decode the sound: its decoder broke down over it; save it again, for example as a 16-bit WAV, and send that',
      { cause },
    );
  }
}

function tooSlow(milliseconds: number): SandpiperError {
  return new SandpiperError(
    'unusable-input',
    `Cannot decode the sound: that takes longer than ${milliseconds} ms; send a shorter one, or a 16-bit WAV`,
  );
}

function stuck(milliseconds: number): SandpiperError {
  return new SandpiperError(
    'unusable-input',
    `Cannot decode the sound: its decoder has not gone on for ${milliseconds} ms; save it again, for example as a 16-bit WAV, and send that`,
  );
}
