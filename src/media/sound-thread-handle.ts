/**
 * One decoding thread and its current sound.
 *
 * It works in slices, between which others may go first, and is ended when its time is up, when it is stuck in one call
 * of a decoder, or when its caller has gone.
 */
import type { Worker } from 'node:worker_threads';
import type { ServiceLimits } from '../config/limits.ts';
import { startThread } from '../start-thread.ts';
import { type SandpiperError, fromPlainError, unusableInput } from '../errors.ts';
import { threadEntry } from '../package-files.ts';
import { DecoderHandle } from './decoder-handle.ts';
import { SoundPace } from './sound-pace.ts';
import type { SoundReply, SoundRequest } from './sound-thread.ts';
import type { SoundBounds } from './sound/mono-sink.ts';

export type SoundLimits = SoundBounds & Pick<ServiceLimits, 'soundDecodeMs' | 'soundStallMs'>;

/** The thread's JavaScript heap, without samples, which the sound's length bounds. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 192, stackSizeMb: 4 };

/** Work after which others may go first, as for a component on a guest thread. */
const SLICE_MS = 250;

/** Interval at which the thread is checked. */
const TICK_MS = 50;

/** Lets others go first: resolves when this sound may go on, and rejects if it never may. */
export type GiveWay = () => Promise<void>;

interface Call {
  bytes: Uint8Array<ArrayBuffer>;
  sampleRate: number;
  limits: SoundLimits;
  giveWay: GiveWay;
  workedMs: number;
  /** Milliseconds of work since others could last go first. */
  sliceMs: number;
  givingWay: boolean;
  /** Milliseconds of work since the last piece was done. */
  stillMs: number;
  pieces: number;
}

export class SoundThreadHandle extends DecoderHandle<Call, Float32Array<ArrayBuffer>> {
  readonly #worker: Worker;
  readonly #pace = new SoundPace();
  protected override readonly name = 'The thread that decodes sounds';

  constructor(entry: URL = threadEntry(import.meta.url, './sound-thread.ts')) {
    super();
    this.#worker = startThread(entry, {
      name: 'sound',
      workerData: { cells: this.#pace.cells },
      resourceLimits: RESOURCE_LIMITS,
    });
    this.#worker.on('message', (reply: SoundReply) => this.#onReply(reply));
    this.#worker.on('messageerror', (cause) => this.die(cause));
    this.#worker.on('error', (cause) => this.die(cause));
    this.#worker.on('exit', () => this.die());
    this.#worker.unref();
  }

  /** One call at a time. Ends the thread when the call's time is up, `signal` aborts or `giveWay` rejects. */
  async decode(
    bytes: Uint8Array,
    sampleRate: number,
    limits: SoundLimits,
    signal: AbortSignal,
    giveWay: GiveWay,
  ): Promise<Float32Array<ArrayBuffer>> {
    // A copy: the caller's view may be a part of a larger buffer, which would be transferred as a whole.
    const copy = new Uint8Array(bytes);
    const times = { workedMs: 0, sliceMs: 0, stillMs: 0, pieces: this.#pace.pieces, givingWay: false };
    try {
      return await this.call({ bytes: copy, sampleRate, limits, giveWay, ...times }, signal);
    } finally {
      this.#pace.resume();
    }
  }

  override async end(): Promise<void> {
    this.ended = true;
    await this.#worker.terminate();
  }

  protected override hold(alive: boolean): void {
    if (alive) this.#worker.ref();
    else this.#worker.unref();
  }

  protected override send(call: Call): void {
    const { bytes, sampleRate, limits } = call;
    const { soundSeconds, soundSamples } = limits;
    const request: SoundRequest = { bytes, sampleRate, bounds: { soundSeconds, soundSamples } };
    this.#worker.postMessage(request, [bytes.buffer]);
    let last = performance.now();
    this.timer = setInterval(() => {
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
    if (call.workedMs > limits.soundDecodeMs) this.fail(tooSlow(limits.soundDecodeMs));
    else if (call.stillMs > limits.soundStallMs) this.fail(stuck(limits.soundStallMs));
    else if (call.sliceMs > SLICE_MS && !call.givingWay) void this.#giveWay(call);
  }

  /** Lets others go first at once, even if the thread is in a call of a decoder and does not pause yet. */
  async #giveWay(call: Call): Promise<void> {
    call.givingWay = true;
    this.#pace.pause();
    try {
      await call.giveWay();
    } catch (error) {
      if (this.running?.request === call) this.fail(error);
    }
    if (this.running?.request === call) this.#pace.resume();
    call.givingWay = false;
    call.sliceMs = 0;
  }

  #onReply(reply: SoundReply): void {
    if (reply.kind === 'ready') this.start();
    else if (reply.kind === 'decoded') this.running?.resolve(reply.samples);
    else this.running?.reject(fromPlainError(reply.error));
  }

  protected override broken(_call: Call, cause: unknown): SandpiperError {
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
