/**
 * A sound file decoded as it comes, on a thread of its own.
 *
 * Guarantees: codecs are foreign code that reads hostile bytes, so the thread is ended when it makes no progress, and the
 * caller gets an error. Ownership: the caller disposes of it, which ends the thread.
 */
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { startThread } from '../../start-thread.ts';
import { SandpiperError, fromPlainError, unusableInput } from '../../errors.ts';
import { threadEntry } from '../../package-files.ts';
import type { LiveDecoder } from './live-decoder.ts';
import type { SamplesReply } from '../answer-with-samples.ts';
import type { LiveSoundRequest } from './live-sound-thread.ts';

const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 96, stackSizeMb: 4 };

export class ContainerDecoder implements LiveDecoder {
  readonly #worker: Worker;
  readonly #stallMs: number;
  #over: Error | undefined;

  /** @param sampleRate hertz of the samples that are wanted */
  constructor(sampleRate: number, { soundStallMs }: { soundStallMs: number }) {
    this.#stallMs = soundStallMs;
    this.#worker = startThread(threadEntry(import.meta.url, './live-sound-thread.ts'), {
      name: 'live-sound',
      workerData: { sampleRate },
      resourceLimits: RESOURCE_LIMITS,
    });
    this.#worker.on('error', () => undefined);
    this.#worker.unref();
  }

  async push(bytes: Uint8Array): Promise<Float32Array> {
    // A copy of its own: the caller's view may show a part of a larger buffer, all of which would go along.
    return this.#ask(new Uint8Array(bytes));
  }

  async end(): Promise<Float32Array> {
    return this.#ask(undefined);
  }

  [Symbol.dispose](): void {
    this.#over ??= new SandpiperError('client-gone', 'The sound was given up.');
    void this.#worker.terminate();
  }

  /** One at a time. */
  async #ask(request: LiveSoundRequest): Promise<Float32Array> {
    if (this.#over !== undefined) throw this.#over;
    const asked = new AbortController();
    const timer = setTimeout(() => asked.abort(), this.#stallMs);
    this.#worker.ref();
    this.#worker.postMessage(request, request === undefined ? [] : [request.buffer as ArrayBuffer]);
    try {
      const { signal } = asked;
      const exit = once(this.#worker, 'exit', { signal }).then(() => undefined);
      const answer = once(this.#worker, 'message', { signal });
      // The one that loses is aborted below.
      for (const promise of [exit, answer]) promise.catch(() => undefined);
      const [reply] = ((await Promise.race([answer, exit])) ?? []) as [SamplesReply?];
      if (reply?.kind === 'decoded') return reply.samples;
      throw reply === undefined ? broken() : fromPlainError(reply.error);
    } catch (error) {
      this.#over = error instanceof SandpiperError ? error : broken();
      void this.#worker.terminate();
      throw this.#over;
    } finally {
      clearTimeout(timer);
      asked.abort();
      this.#worker.unref();
    }
  }
}

function broken(): SandpiperError {
  return unusableInput(
    'Cannot decode the live sound: its decoder broke down over it; send 16-bit samples instead',
  );
}
