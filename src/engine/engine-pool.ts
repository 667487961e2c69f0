/**
 * The main thread's side of the engine threads: starts them, has graphs loaded, connects guest threads.
 *
 * Guarantees: a graph that `load` returned is on every engine thread, one that it refused on none; an engine thread is never terminated,
 * it is asked to close and finishes what it runs. If one ends by itself, `onLost` is called once.
 */
import { availableParallelism } from 'node:os';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { LoadBoard } from '../bridge/load-board.ts';
import type { GraphFacts, GraphReference } from '../bridge/protocol.ts';
import { SandpiperError } from '../errors.ts';
import type { ControlAnswer, ControlQuestion, EngineThreadData } from './engine-control.ts';
import { EngineError } from './engine-error.ts';
import { threadEntry } from '../package-files.ts';

export interface EnginePoolOptions {
  engines: number;
  /** Guest threads that may ever be connected at one time. */
  guestSlots: number;
  onLost: (reason: string) => void;
}

/** What a guest thread needs to reach the engines. */
export interface EngineConnection {
  ports: MessagePort[];
  cell: SharedArrayBuffer;
  board: SharedArrayBuffer;
  engines: number;
}

interface Waiter {
  resolve: (facts: GraphFacts) => void;
  reject: (error: Error) => void;
}

interface EngineThread {
  worker: Worker;
  waiting: Map<string, Waiter>;
  exited: Promise<void>;
}

export class EnginePool {
  readonly #threads: EngineThread[];
  readonly #shared: SharedArrayBuffer;
  readonly #board: LoadBoard;
  readonly #onLost: (reason: string) => void;
  #closing = false;

  constructor({ engines, guestSlots, onLost }: EnginePoolOptions) {
    this.#shared = LoadBoard.allocate(engines, guestSlots);
    this.#board = new LoadBoard(this.#shared, engines);
    this.#onLost = onLost;
    this.#threads = Array.from({ length: engines }, (_, engine) => this.#start(engine, engines));
  }

  /**
   * Loads a graph on every engine thread.
   *
   * @param wide whether the first engine thread also keeps a session that uses all cores for one run
   * @throws EngineError
   */
  async load(key: string, model: SharedArrayBuffer, wide: boolean): Promise<GraphReference> {
    const loads = this.#threads.map((thread, engine) =>
      this.#ask(thread, {
        kind: 'load',
        key,
        model,
        wide: wide && engine === 0 && availableParallelism() > 1,
      }),
    );
    const settled = await Promise.allSettled(loads);
    const refusal = settled.find((load) => load.status === 'rejected');
    if (refusal !== undefined) {
      this.unload(key);
      throw refusal.reason;
    }
    const [facts] = await Promise.all(loads);
    if (facts === undefined) throw new EngineError('runtime-error', 'There is no engine thread.');
    return { key, facts, wide };
  }

  unload(key: string): void {
    for (const { worker } of this.#threads)
      worker.postMessage({ kind: 'unload', key } satisfies ControlQuestion);
  }

  /** Connects a new guest thread; ports and cell are for that incarnation alone. */
  connect(): EngineConnection {
    const cell = new SharedArrayBuffer(4);
    const ports = this.#threads.map(({ worker }) => {
      const { port1, port2 } = new MessageChannel();
      worker.postMessage({ kind: 'connect', port: port1, cell } satisfies ControlQuestion, [port1]);
      return port2;
    });
    return { ports, cell, board: this.#shared, engines: this.#threads.length };
  }

  /** A guest thread was terminated: it waits for nothing any more. */
  guestGone(slot: number): void {
    this.#board.setWaiting(slot, undefined);
  }

  /** Lets every engine thread finish what it runs, then ends it. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const { worker } of this.#threads) worker.postMessage({ kind: 'close' } satisfies ControlQuestion);
    await Promise.all(this.#threads.map((thread) => thread.exited));
  }

  #start(engine: number, engines: number): EngineThread {
    const data: EngineThreadData = { engine, engines, cores: availableParallelism(), board: this.#shared };
    const worker = new Worker(threadEntry(import.meta.url, './engine-thread.ts'), {
      workerData: data,
      name: `engine-${engine}`,
    });
    const waiting = new Map<string, Waiter>();
    const { promise: exited, resolve } = Promise.withResolvers<void>();
    let reason = 'it ended';
    worker.on('message', (answer: ControlAnswer) => settle(waiting, answer));
    worker.on('error', (error) => (reason = String(error)));
    worker.on('exit', () => {
      for (const { reject } of waiting.values())
        reject(new EngineError('runtime-error', `The engine stopped: ${reason}`));
      waiting.clear();
      resolve();
      if (!this.#closing) this.#onLost(reason);
    });
    return { worker, waiting, exited };
  }

  async #ask(
    thread: EngineThread,
    question: Extract<ControlQuestion, { kind: 'load' }>,
  ): Promise<GraphFacts> {
    if (this.#closing) throw new SandpiperError('not-ready', 'The service is closing.');
    const { promise, resolve, reject } = Promise.withResolvers<GraphFacts>();
    thread.waiting.set(question.key, { resolve, reject });
    thread.worker.postMessage(question);
    return promise;
  }
}

function settle(waiting: Map<string, Waiter>, answer: ControlAnswer): void {
  const waiter = waiting.get(answer.key);
  waiting.delete(answer.key);
  if (answer.kind === 'loaded') waiter?.resolve(answer.facts);
  else waiter?.reject(new EngineError(answer.code, answer.message));
}
