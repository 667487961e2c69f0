/** The product's translator in one thread that lives on from component to component, until one of them ends it. */
import { Worker } from 'node:worker_threads';
import type { PlainError } from '../../src/errors.ts';
import type { TranslatedComponent } from '../../src/sandbox/component/translated-component.ts';

/** More than any of the components of a test takes. */
const MAX_MS = 10_000;

export type Translation =
  TranslatedComponent | { error: PlainError; broken: boolean } | { ended: 'too long' | 'its thread died' };

export class BatchTranslator implements AsyncDisposable {
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** One after the other. A translation that panics or loops costs the next one a fresh thread. */
  async translate(bytes: Uint8Array): Promise<Translation> {
    const next = this.#last.then(() => this.#translate(bytes));
    this.#last = next;
    return next;
  }

  async #translate(bytes: Uint8Array): Promise<Translation> {
    const worker = (this.#worker ??= this.#start());
    const { promise, resolve } = Promise.withResolvers<Translation>();
    const timer = setTimeout(() => resolve({ ended: 'too long' }), MAX_MS);
    const died = () => resolve({ ended: 'its thread died' });
    worker.on('message', resolve).on('error', died).on('exit', died);
    worker.postMessage(bytes);
    const translation = await promise;
    clearTimeout(timer);
    worker.off('message', resolve).off('error', died).off('exit', died);
    if ('ended' in translation || ('broken' in translation && translation.broken)) await this.#stop();
    return translation;
  }

  #start(): Worker {
    const worker = new Worker(new URL('batch-translator-thread.ts', import.meta.url), {
      env: {},
      stdout: true,
      stderr: true,
    });
    worker.stdout.resume();
    worker.stderr.resume();
    worker.on('error', () => undefined); // whoever waits has been told
    return worker;
  }

  async #stop(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#stop();
  }
}
