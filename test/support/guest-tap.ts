import { MessageChannel } from 'node:worker_threads';
import { GuestCell } from '../../src/bridge/guest-cell.ts';
import { LoadBoard } from '../../src/bridge/load-board.ts';
import type { Answer, Question } from '../../src/bridge/protocol.ts';
import { EnginePool, type EngineConnection } from '../../src/engine/engine-pool.ts';

/**
 * Engine threads whose every frame to and from the guest threads can be seen: what crosses is counted where
 * it crosses. A test can also speak for a guest, to ask an engine what it still holds.
 */
export class TappedEnginePool extends EnginePool {
  /** `guest` counts the guest threads in the order in which they were connected. */
  readonly questions: { guest: number; engine: number; question: Question }[] = [];
  readonly answers: { engine: number; answer: Answer }[] = [];
  readonly #strangers = new Map<number, (answer: Answer) => void>();
  readonly #lines: Pick<EngineConnection, 'ports' | 'cell'>[] = [];
  readonly #spareSlot: number;
  #board: LoadBoard | undefined;
  #lastCall = 1_000_000;
  /** Called while the guest that asks is blocked, before the engine is asked. */
  onQuestion: (engine: number, question: Question) => void = () => undefined;

  /** One row of the board is no guest's: see {@link makeBusy}. */
  constructor(options: ConstructorParameters<typeof EnginePool>[0]) {
    super({ ...options, guestSlots: options.guestSlots + 1 });
    this.#spareSlot = options.guestSlots;
  }

  /** Makes an engine look as if somebody waited for it, so that the others are preferred. */
  makeBusy(engine: number | undefined): void {
    this.#board?.setWaiting(this.#spareSlot, engine);
  }

  /** Resolves when the next question of this kind has come by. */
  async asked(kind: Question['kind']): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.onQuestion = (_, question) => {
      if (question.kind === kind) resolve();
    };
    return promise;
  }

  /** Starts to count afresh. */
  forget(): void {
    this.questions.length = 0;
    this.answers.length = 0;
  }

  /** The tap forwards an answer and then wakes the guest, as an engine does. */
  override connect(): EngineConnection {
    const connection = super.connect();
    const cell = new Int32Array(connection.cell);
    this.#board ??= new LoadBoard(connection.board, connection.engines);
    const guest = this.#lines.length;
    const ports = connection.ports.map((toEngine, engine) => {
      const { port1: guestEnd, port2: toGuest } = new MessageChannel();
      toGuest.on('message', (question: Question) => {
        this.questions.push({ guest, engine, question });
        this.onQuestion(engine, question);
        toEngine.postMessage(question);
      });
      toGuest.on('close', () => toEngine.close());
      toEngine.on('message', (answer: Answer) => {
        const stranger = this.#strangers.get(answer.call);
        if (stranger !== undefined) return stranger(answer);
        this.answers.push({ engine, answer });
        toGuest.postMessage(answer);
        Atomics.add(cell, 0, 1);
        Atomics.notify(cell, 0);
      });
      return guestEnd;
    });
    this.#lines.push(connection);
    return { ...connection, ports };
  }

  /** Asks in the place of the guest that was connected as number `guest`. */
  async ask(
    guest: number,
    engine: number,
    body: { kind: 'read'; handle: number } | { kind: 'compute'; graph: string },
    request: number,
  ): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const call = ++this.#lastCall;
    this.#strangers.set(call, resolve);
    const rest = body.kind === 'compute' ? { wide: false, inputs: [], outputBytes: 0 } : {};
    const line = this.#lines[guest];
    if (line === undefined) throw new Error(`There is no guest ${guest}.`);
    // An engine begins nothing for a request that is over.
    new GuestCell(line.cell).begin(request);
    line.ports[engine]?.postMessage({ ...body, ...rest, call, request, dropped: [] });
    return promise;
  }

  /** Tensor bytes that went to an engine and came back from one. */
  bytesCrossed(): { in: number; out: number } {
    const inputs = this.questions.flatMap(({ question }) =>
      question.kind === 'compute' ? question.inputs : [],
    );
    const toEngine = inputs.map((input) => ('bytes' in input ? input.bytes.byteLength : 0));
    const toGuest = this.answers.map(({ answer }) => (answer.kind === 'bytes' ? answer.bytes.byteLength : 0));
    const sum = (list: readonly number[]) => list.reduce((total, bytes) => total + bytes, 0);
    return { in: sum(toEngine), out: sum(toGuest) };
  }
}
