/**
 * The main thread's end of the channel to the engine threads, for tensors that clients bring themselves.
 *
 * Design: an engine thread is given the next run while it is busy with one, so that it never waits for this
 * thread, and no more than that, so that guests do not wait behind a crowd. All others wait here in one line.
 * Guarantees: a run waits no longer than its signal allows. One that was given to an engine thread cannot be
 * taken back: its caller is let go at once, its answer is dropped, and its place is free when the engine is done.
 * Ownership: the main thread owns all of it. The inputs' buffers belong to the engine thread once they are sent.
 */
import { isMarkedAsUntransferable, type MessagePort } from 'node:worker_threads';
import type { BareTensor, ClientAnswer, ClientQuestion } from './client-protocol.ts';
import { EngineRefusal } from './engine-link.ts';
import type { LoadBoard } from './load-board.ts';
import type { GraphReference } from './protocol.ts';

/** Runs that an engine thread may have of ours: one that it runs, and the next. */
const RUNS_PER_ENGINE = 2;

export function clientSlots(engines: number): number {
  return engines * RUNS_PER_ENGINE;
}

export interface EngineClientParts {
  /** One per engine thread, in their order. */
  ports: readonly MessagePort[];
  board: LoadBoard;
  /** The first of {@link clientSlots} rows on the board. */
  firstSlot: number;
}

export type BareRun = Omit<ClientQuestion, 'call' | 'graph' | 'wide'>;

export interface BareRunOptions {
  /** Its reason rejects the run. */
  signal: AbortSignal;
  /** The line is over: an engine thread has the run. */
  onStart?: () => void;
}

type Outputs = Extract<ClientAnswer, { kind: 'outputs' }>;

interface InLine {
  graph: GraphReference;
  start(engine: number, idle: boolean): void;
}

interface Pending {
  slot: number;
  settle(answer: ClientAnswer): void;
}

export class EngineClient {
  readonly #parts: EngineClientParts;
  readonly #line: InLine[] = [];
  readonly #pending = new Map<number, Pending>();
  /** Of each engine thread the rows of the board that are free. */
  readonly #freeSlots: number[][];
  #call = 0;

  constructor(parts: EngineClientParts) {
    this.#parts = parts;
    this.#freeSlots = parts.ports.map((_, engine) =>
      Array.from({ length: RUNS_PER_ENGINE }, (__, run) => parts.firstSlot + engine * RUNS_PER_ENGINE + run),
    );
    for (const [engine, port] of parts.ports.entries()) {
      port.on('message', (answer: ClientAnswer) => this.#receive(engine, answer));
      port.on('close', () => this.#lost(engine));
    }
  }

  /** @throws the signal's reason, or EngineRefusal */
  async run(graph: GraphReference, run: BareRun, { signal, onStart }: BareRunOptions): Promise<Outputs> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Outputs>();
    const giveUp = (): void => {
      const place = this.#line.indexOf(entry);
      if (place >= 0) this.#line.splice(place, 1);
      reject(signal.reason as Error);
    };
    const settle = (answer: ClientAnswer): void => {
      if (answer.kind === 'outputs') resolve(answer);
      else reject(new EngineRefusal(answer.code, answer.message));
    };
    const entry: InLine = {
      graph,
      start: (engine, idle) => {
        onStart?.();
        const wide = idle && engine === 0 && graph.wide === true;
        this.#post(engine, { ...run, call: ++this.#call, graph: graph.key, wide }, settle);
      },
    };
    signal.addEventListener('abort', giveUp, { once: true });
    this.#line.push(entry);
    this.#serveLine();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  close(): void {
    for (const port of this.#parts.ports) port.close();
  }

  /** The first in line whose graph is on an engine thread with a free place goes there. */
  #serveLine(): void {
    for (let at = 0; at < this.#line.length;) {
      const entry = this.#line[at] as InLine;
      const holders = new Int32Array(entry.graph.holders);
      const eligible = (engine: number): boolean =>
        Atomics.load(holders, engine) === 1 && this.#freeSlots[engine]?.length !== 0;
      const { engine, idle } = this.#parts.board.leastLoaded(eligible);
      if (!eligible(engine)) {
        if (this.#freeSlots.every(({ length }) => length === 0)) return;
        at++;
        continue;
      }
      this.#line.splice(at, 1);
      entry.start(engine, idle);
    }
  }

  #post(engine: number, question: ClientQuestion, settle: Pending['settle']): void {
    const port = this.#parts.ports[engine];
    const slot = this.#freeSlots[engine]?.pop();
    if (port === undefined || slot === undefined) throw new Error(`Engine ${engine} has no place.`);
    this.#pending.set(question.call, { slot, settle });
    this.#parts.board.setWaiting(slot, engine);
    try {
      const inputs = question.inputs.map(transferable);
      const buffers = new Set(inputs.map(({ bytes }) => bytes.buffer as ArrayBuffer));
      port.postMessage({ ...question, inputs } satisfies ClientQuestion, [...buffers]);
    } catch {
      const message = 'The bytes of an input are no longer there: each call needs buffers of its own.';
      this.#receive(engine, { call: question.call, kind: 'error', code: 'invalid-argument', message });
    }
  }

  #receive(engine: number, answer: ClientAnswer): void {
    const pending = this.#pending.get(answer.call);
    if (pending === undefined) return;
    this.#pending.delete(answer.call);
    this.#parts.board.setWaiting(pending.slot, undefined);
    this.#freeSlots[engine]?.push(pending.slot);
    pending.settle(answer);
    this.#serveLine();
  }

  #lost(engine: number): void {
    const lost = [...this.#pending].filter(([, { slot }]) => this.#engineOf(slot) === engine);
    const message = 'The engine stopped.';
    for (const [call] of lost) this.#receive(engine, { call, kind: 'error', code: 'unknown', message });
  }

  #engineOf(slot: number): number {
    return Math.floor((slot - this.#parts.firstSlot) / RUNS_PER_ENGINE);
  }
}

/** Node's pool and shared memory cannot change hands: what lies there is copied. */
function transferable(tensor: BareTensor): BareTensor {
  const { buffer } = tensor.bytes;
  const movable = buffer instanceof ArrayBuffer && !isMarkedAsUntransferable(buffer);
  return movable ? tensor : { ...tensor, bytes: new Uint8Array(tensor.bytes) };
}
