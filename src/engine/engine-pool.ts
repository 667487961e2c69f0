/**
 * The main thread's side of the engine threads: starts them, has graphs loaded, connects guest threads
 * and the main thread itself.
 *
 * Guarantees: a graph that `load` returned is on one engine thread at least, and its `holders` say on which;
 * one that it refused is on none. An engine thread is never terminated, it is asked to close and finishes what it runs. If one ends by itself, `onLost` is called once.
 */
import { availableParallelism } from 'node:os';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { clientSlots, EngineClient } from '../bridge/engine-client.ts';
import { GuestCell } from '../bridge/guest-cell.ts';
import { LoadBoard } from '../bridge/load-board.ts';
import type { GraphFacts, GraphReference } from '../bridge/protocol.ts';
import { CODE_RANGE } from '../config/code-range.ts';
import { SandpiperError } from '../errors.ts';
import type { ControlAnswer, ControlQuestion, EngineThreadData } from './engine-control.ts';
import { EngineError } from './engine-error.ts';
import { threadEntry } from '../package-files.ts';

interface LoadedGraph {
  model: SharedArrayBuffer;
  wide: boolean;
  bare: boolean;
  holders: SharedArrayBuffer;
}

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
  /** Of the models that it is loading. */
  loadingBytes: number;
}

export class EnginePool {
  readonly #threads: EngineThread[];
  readonly #graphs = new Map<string, LoadedGraph>();
  readonly #shared: SharedArrayBuffer;
  readonly #board: LoadBoard;
  /** For tensors that clients bring themselves. */
  readonly client: EngineClient;
  readonly #onLost: (reason: string) => void;
  #closing = false;
  #spreading = Promise.resolve();

  constructor({ engines, guestSlots, onLost }: EnginePoolOptions) {
    // ONNX Runtime reads it when its library is loaded; without it, it looks up a telemetry host and writes a device id.
    process.env['ORT_DISABLE_TELEMETRY'] = '1';
    this.#shared = LoadBoard.allocate(engines, guestSlots + clientSlots(engines));
    this.#board = new LoadBoard(this.#shared, engines);
    this.#onLost = onLost;
    this.#threads = Array.from({ length: engines }, (_, engine) => this.#start(engine, engines));
    this.client = new EngineClient({
      ports: this.#threads.map(({ worker }) => connectClient(worker)),
      board: this.#board,
      firstSlot: guestSlots,
    });
  }

  /**
   * Loads a graph on the engine thread that has the least to load and then to run. {@link spread} brings it to the others.
   *
   * @param wide whether the first engine thread shall also keep a session that uses all cores for one run
   * @param bare whether clients bring its tensors themselves, of any type that the engine takes
   * @throws EngineError
   */
  async load(key: string, model: SharedArrayBuffer, wide: boolean, bare = false): Promise<GraphReference> {
    const [engine = 0] = [...this.#threads.keys()].toSorted(
      (a, b) =>
        this.#loadingBytes(a) - this.#loadingBytes(b) || this.#board.loadOf(a) - this.#board.loadOf(b),
    );
    const graph = { model, wide, bare, holders: new SharedArrayBuffer(4 * this.#threads.length) };
    const facts = await this.#loadOn(engine, key, graph);
    this.#graphs.set(key, graph);
    return { key, facts, wide, holders: graph.holders };
  }

  /**
   * Loads every graph on every engine thread that lacks it, so that requests may run anywhere; one that an
   * engine thread cannot hold is served by those that can.
   */
  async spread(): Promise<void> {
    // One after the other: two at a time would load the same graph twice.
    this.#spreading = this.#spreading.then(() => this.#spreadAll());
    return this.#spreading;
  }

  /** Engine threads that run a graph now, whether or not somebody still waits for it. */
  get busy(): number {
    return this.#board.busy;
  }

  unload(key: string): void {
    this.#graphs.delete(key);
    for (const { worker } of this.#threads)
      worker.postMessage({ kind: 'unload', key } satisfies ControlQuestion);
  }

  /** Connects a new guest thread; ports and cell are for that incarnation alone. */
  connect(): EngineConnection {
    const cell = GuestCell.allocate();
    const ports = this.#threads.map(({ worker }) => {
      const { port1, port2 } = new MessageChannel();
      worker.postMessage({ kind: 'connect', port: port1, cell } satisfies ControlQuestion, [port1]);
      return port2;
    });
    return { ports, cell, board: this.#shared, engines: this.#threads.length };
  }

  /** A short request has come or gone: long ones leave an engine thread to such. */
  noteShort(): void {
    this.#board.noteShort();
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
    this.client.close();
  }

  #loadingBytes(engine: number): number {
    return this.#threads[engine]?.loadingBytes ?? 0;
  }

  #start(engine: number, engines: number): EngineThread {
    const data: EngineThreadData = { engine, engines, cores: availableParallelism(), board: this.#shared };
    const worker = new Worker(threadEntry(import.meta.url, './engine-thread.ts'), {
      workerData: data,
      name: `engine-${engine}`,
      resourceLimits: CODE_RANGE,
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
    return { worker, waiting, exited, loadingBytes: 0 };
  }

  async #spreadAll(): Promise<void> {
    for (const [key, graph] of this.#graphs) {
      const cells = new Int32Array(graph.holders);
      const missing = [...this.#threads.keys()].filter((engine) => Atomics.load(cells, engine) === 0);
      await Promise.allSettled(missing.map((engine) => this.#loadOn(engine, key, graph)));
      if (!this.#graphs.has(key))
        this.unload(key); // unloaded meanwhile
      else if (graph.wide && availableParallelism() > 1)
        this.#threads[0]?.worker.postMessage(widen(key, graph.model));
    }
  }

  async #loadOn(engine: number, key: string, { model, bare, holders }: LoadedGraph): Promise<GraphFacts> {
    const thread = this.#threads[engine];
    if (thread === undefined || this.#closing)
      throw new SandpiperError('not-ready', 'The service is closing.');
    const { promise, resolve, reject } = Promise.withResolvers<GraphFacts>();
    thread.waiting.set(key, { resolve, reject });
    thread.loadingBytes += model.byteLength;
    thread.worker.postMessage({ kind: 'load', key, model, bare } satisfies ControlQuestion);
    try {
      const facts = await promise;
      Atomics.store(new Int32Array(holders), engine, 1);
      return facts;
    } finally {
      thread.loadingBytes -= model.byteLength;
    }
  }
}

function connectClient(worker: Worker): MessagePort {
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ kind: 'connect-client', port: port1 } satisfies ControlQuestion, [port1]);
  return port2;
}

function widen(key: string, model: SharedArrayBuffer): ControlQuestion {
  return { kind: 'widen', key, model };
}

function settle(waiting: Map<string, Waiter>, answer: ControlAnswer): void {
  const waiter = waiting.get(answer.key);
  waiting.delete(answer.key);
  if (answer.kind === 'loaded') waiter?.resolve(answer.facts);
  else waiter?.reject(new EngineError(answer.code, answer.message));
}
