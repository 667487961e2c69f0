import type { Worker } from 'node:worker_threads';
import { startThread } from '../../start-thread.ts';
import { SandpiperError, fromPlainError, inputTooLarge } from '../../errors.ts';
import { threadEntry } from '../../package-files.ts';
import { RequestFieldError } from '../exchange/request-field-error.ts';
import type { JsonOrder, JsonReply, JsonTask } from './json-task.ts';

/** Heap of the thread: a parsed body takes about ten times its bytes. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 256, stackSizeMb: 4 };

/** Time for the thread to start, generous for a loaded machine. */
const START_MS = 15_000;

interface Running {
  readonly order: JsonOrder;
  readonly most: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: SandpiperError) => void;
}

/**
 * The thread that reads and writes long JSON, with its current task. The task settles whatever happens to the thread;
 * an `ended` thread must be replaced.
 */
export class JsonThreadHandle {
  readonly #worker: Worker;
  #running: Running | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ready = false;
  #ended = false;

  constructor() {
    this.#worker = startThread(threadEntry(import.meta.url, './json-thread.ts'), {
      name: 'json',
      resourceLimits: RESOURCE_LIMITS,
    });
    this.#worker.on('message', (reply: JsonReply) => this.#onReply(reply));
    this.#worker.on('messageerror', (cause) => this.#fail(this.#death(cause)));
    this.#worker.on('error', (cause) => this.#fail(this.#death(cause)));
    this.#worker.on('exit', () => this.#fail(this.#death()));
    this.#worker.unref();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Runs one task at a time; its first argument is transferred.
   *
   * @param mostMs time after which the thread is ended
   * @throws SandpiperError the task's error; `input-too-large` if it exceeds its time or memory
   */
  async run<Rest extends readonly unknown[], Result>(
    { module, name }: JsonTask<Rest, Result>,
    args: readonly [Uint8Array<ArrayBuffer>, ...Rest],
    mostMs: number,
  ): Promise<Result> {
    this.#worker.ref();
    try {
      return await new Promise<Result>((resolve, reject) => {
        const order = { module, name, args };
        this.#running = { order, most: mostMs, resolve: resolve as Running['resolve'], reject };
        if (this.#ready) this.#send(this.#running);
        else this.#timer = setTimeout(() => this.#fail(this.#death()), START_MS);
      });
    } finally {
      clearTimeout(this.#timer);
      this.#running = undefined;
      this.#worker.unref();
    }
  }

  /** Sent only once the thread runs, so that a later end of the thread can be attributed to the body. */
  #send({ order, most }: Running): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => this.#fail(tooLarge(`it took longer than the ${most} ms of jsonMs`)),
      most,
    );
    this.#worker.postMessage(order, [order.args[0].buffer]);
  }

  #onReply(reply: JsonReply): void {
    if (reply.kind === 'ready') {
      this.#ready = true;
      if (this.#running !== undefined) this.#send(this.#running);
      return;
    }
    if (reply.kind === 'done') return this.#running?.resolve(reply.result);
    const { field, error } = reply;
    this.#running?.reject(
      field === undefined ? fromPlainError(error) : new RequestFieldError(field, error.message, error.code),
    );
  }

  #fail(error: SandpiperError): void {
    this.#running?.reject(error);
    if (this.#ended) return;
    this.#ended = true;
    void this.#worker.terminate();
  }

  #death(cause?: unknown): SandpiperError {
    return this.#ready
      ? tooLarge('it needs more memory than is given to one')
      : new SandpiperError('internal', 'The thread that reads JSON does not start.', { cause });
  }
}

function tooLarge(why: string): SandpiperError {
  return inputTooLarge(`The JSON is too large: ${why}; send tensors in binary.`);
}
