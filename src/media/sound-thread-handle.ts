import { Worker } from 'node:worker_threads';
import { CODE_RANGE } from '../config/code-range.ts';
import { SandpiperError, fromPlainError } from '../errors.ts';
import { threadEntry } from '../package-files.ts';
import type { SoundLimits } from './decode-sound.ts';
import type { SoundReply, SoundRequest } from './sound-protocol.ts';
import { abortError } from './turns.ts';

/** Of the thread's JavaScript heap; samples lie outside of it and are bounded by the sound's length. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };

/** Loading the thread's own files; far more than that takes under any load. */
const START_MS = 15_000;

interface Call {
  request: SoundRequest;
  decodeMs: number;
  resolve: (samples: Float32Array<ArrayBuffer>) => void;
  reject: (error: SandpiperError) => void;
}

/**
 * One thread and the call that runs on it. Whatever happens to the thread, its call settles; after that the
 * thread is `ended` and another one is to be made.
 */
export class SoundThread {
  readonly #worker: Worker;
  /** Ids only grow: an answer to a call that is over fits no other. */
  #calls = 0;
  #running: Call | undefined;
  /** Of the running call: for the thread to start, then for the decoding itself. */
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
      resourceLimits: { ...RESOURCE_LIMITS, ...CODE_RANGE },
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
   * One call at a time. Ends the thread when the call's time is up or `signal` aborts; the promise settles
   * only when the thread is really gone, so that never two of them decode.
   */
  async decode(
    bytes: Uint8Array,
    sampleRate: number,
    limits: SoundLimits,
    signal: AbortSignal,
  ): Promise<Float32Array<ArrayBuffer>> {
    const onAbort = () => this.#fail(abortError(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    this.#worker.ref();
    try {
      return await new Promise((resolve, reject) => {
        // A copy of its own: the caller's view may show a part of a larger buffer, all of which would go along.
        const copy = new Uint8Array(bytes);
        const request = { call: ++this.#calls, bytes: copy, sampleRate, longestSeconds: limits.soundSeconds };
        this.#running = { request, decodeMs: limits.soundDecodeMs, resolve, reject };
        if (this.#ready) this.#send(this.#running);
        else this.#timer = setTimeout(() => this.#fail(this.#death()), START_MS);
      });
    } finally {
      clearTimeout(this.#timer);
      signal.removeEventListener('abort', onAbort);
      this.#running = undefined;
      this.#worker.unref();
      if (this.#ended) await this.end();
    }
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#worker.terminate();
  }

  /** Only once the thread runs: it is then clear whether it or the file is to blame when it ends. */
  #send({ request, decodeMs }: Call): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail(tooSlow(decodeMs)), decodeMs);
    this.#worker.postMessage(request, [request.bytes.buffer]);
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

  #fail(error: SandpiperError): void {
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
      'Cannot decode the sound: its decoder broke down over it; save it anew, for example as a 16-bit WAV, and send that',
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
