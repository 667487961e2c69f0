/**
 * The guest thread's end of the bridge: a synchronous call to one engine thread.
 *
 * Design: one MessagePort per engine thread and one shared cell per guest thread that only counts up. The
 * engine posts its answer, then adds to the cell, then notifies; the guest looks for the answer, and only
 * when there is none sleeps on the cell's value from before it looked. So a wake-up is a hint and the port
 * is the truth: a late notify can at worst cause one more look.
 * Guarantees: an answer is matched by call number; answers to abandoned calls are dropped and the tensors
 * in them freed. A wait ends at the request's deadline, or when the main thread cancels the request.
 * Ownership: the guest thread owns everything here; it is discarded with the thread.
 */
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { monotonicMs } from './clock.ts';
import { GuestCell } from './guest-cell.ts';
import { ReadingHabits } from './reading-habits.ts';
import type { LoadBoard } from './load-board.ts';
import type { Answer, KeptFrame, NnErrorCode, Question } from './protocol.ts';

/** The main thread wants the guest to stop: a trap of the instance that no guest can catch. */
export class RequestCancelled extends Error {}

/** What the engine refused, or that it did not answer in time. */
export class EngineRefusal extends Error {
  readonly code: NnErrorCode;
  /** Inputs that the engine keeps all the same. */
  readonly kept: readonly KeptFrame[];

  constructor(code: NnErrorCode, message: string, kept: readonly KeptFrame[] = []) {
    super(message);
    this.code = code;
    this.kept = kept;
  }
}

export interface EngineLinkParts {
  /** One per engine thread, in their order. */
  ports: readonly MessagePort[];
  /** The guest thread's own cell. */
  cell: SharedArrayBuffer;
  /** Its cell 0 holds the number of the last request that the main thread cancelled. */
  cancelled: SharedArrayBuffer;
  board: LoadBoard;
  /** This guest's row on the board. */
  slot: number;
}

type Body<Kind extends Question['kind']> = Omit<
  Extract<Question, { kind: Kind }>,
  'call' | 'request' | 'dropped'
>;

export class EngineLink {
  readonly #parts: EngineLinkParts;
  readonly #cell: GuestCell;
  readonly #cancelled: Int32Array;
  #call = 0;
  #request = 0;
  #deadline = 0;
  #long = false;
  /** Per engine: handles to free with the next frame. */
  readonly #dropped: number[][];
  /** Per engine: whether it holds anything of this request. */
  readonly #touched: boolean[];
  /** Outlives the requests: what guests of this thread do with the outputs of a graph. */
  readonly habits = new ReadingHabits();
  /** Milliseconds of this request spent waiting for engines. */
  waitedMs = 0;

  constructor(parts: EngineLinkParts) {
    this.#parts = parts;
    this.#cell = new GuestCell(parts.cell);
    this.#cancelled = new Int32Array(parts.cancelled);
    this.#dropped = parts.ports.map(() => []);
    this.#touched = parts.ports.map(() => false);
  }

  /**
   * @param deadline on the {@link monotonicMs} clock
   * @param long whether its runs may take seconds: it then leaves an engine thread to others
   */
  begin(request: number, deadline: number, long = false): void {
    this.#request = request;
    this.#deadline = deadline;
    this.#long = long;
    this.#cell.begin(request);
    this.waitedMs = 0;
  }

  /** Frees whatever the request still holds on any engine. */
  end(): void {
    this.#cell.giveUp(this.#request);
    for (const engine of this.#parts.ports.keys()) {
      if (this.#touched[engine]) this.#post(engine, { kind: 'end' }, []);
      this.#touched[engine] = false;
    }
  }

  /** Where a compute without tensors of its own place should run. */
  leastLoaded(eligible?: (engine: number) => boolean): { engine: number; idle: boolean } {
    return this.#parts.board.leastLoaded(eligible, this.#long);
  }

  drop(engine: number, handle: number): void {
    this.#dropped[engine]?.push(handle);
  }

  compute(engine: number, body: Omit<Body<'compute'>, 'kind'>): Extract<Answer, { kind: 'outputs' }> {
    const transfer = body.inputs.flatMap((input) =>
      'bytes' in input ? [input.bytes.buffer as ArrayBuffer] : [],
    );
    return this.#ask(engine, { kind: 'compute', ...body }, 'outputs', [...new Set(transfer)]);
  }

  /** Takes the tensor's bytes out of the engine; the handle is void afterwards. */
  read(engine: number, handle: number): Uint8Array {
    return this.#ask(engine, { kind: 'read', handle }, 'bytes', []).bytes;
  }

  load(engine: number, graph: string, bytes: Uint8Array): Extract<Answer, { kind: 'loaded' }>['facts'] {
    return this.#ask(engine, { kind: 'load', graph, bytes }, 'loaded', [bytes.buffer as ArrayBuffer]).facts;
  }

  /** @throws EngineRefusal */
  #ask<Kind extends Exclude<Answer['kind'], 'error'>>(
    engine: number,
    body: Body<'compute'> | Body<'read'> | Body<'load'>,
    expected: Kind,
    transfer: ArrayBuffer[],
  ): Extract<Answer, { kind: Kind }> {
    const { board, slot } = this.#parts;
    const started = monotonicMs();
    // What nobody will wait for is not begun: a run cannot be taken back.
    if (started >= this.#deadline) throw overdue();
    board.setWaiting(slot, engine, this.#long);
    this.#cell.asked();
    try {
      const answer = this.#awaitAnswer(engine, this.#post(engine, body, transfer));
      if (answer.kind === 'error') throw new EngineRefusal(answer.code, answer.message, answer.kept);
      if (answer.kind !== expected) {
        throw new EngineRefusal(
          'unknown',
          `The engine answered ${answer.kind} where ${expected} was expected.`,
        );
      }
      return answer as Extract<Answer, { kind: Kind }>;
    } finally {
      board.setWaiting(slot, undefined);
      this.waitedMs += monotonicMs() - started;
    }
  }

  /** @throws RequestCancelled */
  assertWanted(): void {
    if (Atomics.load(this.#cancelled, 0) === (this.#request | 0))
      throw new RequestCancelled('The request was cancelled.');
  }

  /** What wakes this thread: whoever has news for it adds to it, then notifies. */
  get cell(): SharedArrayBuffer {
    return this.#parts.cell;
  }

  /** Changes whenever something may have happened for this thread: take it, look, and only then sleep on it. */
  get pulse(): number {
    return this.#cell.pulse;
  }

  /**
   * Sleeps until the thread's pulse is another than `pulse`, or until a moment on the {@link monotonicMs} clock.
   * @throws RequestCancelled
   */
  sleep(pulse: number, until: number): void {
    this.assertWanted();
    this.#cell.sleep(pulse, Math.max(0, until - monotonicMs()));
    this.assertWanted();
  }

  /**
   * Sleeps until the main thread lets the request go on.
   *
   * @param tell asks the main thread for it
   * @throws RequestCancelled
   */
  pause(tell: () => void): void {
    const before = this.#cell.goneOn;
    tell();
    for (;;) {
      const { pulse } = this.#cell;
      if (this.#cell.goneOn !== before) return;
      this.sleep(pulse, Infinity);
    }
  }

  #post(engine: number, body: Body<Question['kind']>, transfer: ArrayBuffer[]): number {
    const port = this.#parts.ports[engine];
    if (port === undefined) throw new EngineRefusal('unknown', `There is no engine ${engine}.`);
    const call = ++this.#call;
    const dropped = this.#dropped[engine] ?? [];
    port.postMessage({ ...body, call, request: this.#request, dropped }, transfer);
    this.#dropped[engine] = [];
    this.#touched[engine] = true;
    return call;
  }

  #awaitAnswer(engine: number, call: number): Answer {
    const port = this.#parts.ports[engine] as MessagePort;
    for (;;) {
      const seen = this.#cell.pulse;
      this.assertWanted();
      const answer = receiveMessageOnPort(port)?.message as Answer | undefined;
      if (answer === undefined) {
        const remaining = this.#deadline - monotonicMs();
        if (remaining <= 0) {
          this.#cell.giveUp(this.#request);
          throw overdue();
        }
        this.#cell.sleep(seen, remaining);
      } else if (answer.call === call) {
        return answer;
      } else if (answer.kind === 'outputs') {
        for (const output of answer.outputs) this.drop(engine, output.handle);
      }
    }
  }
}

function overdue(): EngineRefusal {
  return new EngineRefusal('timeout', 'The deadline of the request has passed.');
}
