/**
 * Who goes next: the one waiting line of the service, for all models together.
 *
 * Policy. A request waits before its file is decoded, so that a crowd holds files and not what they grow to.
 *  1. `short` requests, pictures and tensors, have turns of their own: as many as guest threads, and a few more,
 *     whose files are decoded meanwhile. No sound ever takes one of these.
 *  2. Sounds have fewer turns, and a guest thread each beside the others. One that has begun gives way between
 *     windows: when others wait it goes to the end of the round, its thread asleep, and comes back in its turn.
 *  3. Only so many sounds may have begun, since each holds a thread and its samples. The last of these places is
 *     for `sound`, short by its file; a `long` one waits for another. Of three places or more a client leaves
 *     one of those that its sound may take to others.
 *  4. In each lane flows take turns in a round: the requests of one client to one model in one class.
 *
 * Guarantees: a turn is given once and taken back once, whatever ends its request; who gives up leaves at once.
 * A sound of any length waits for a slice of each other that has begun, never for its end. Ownership: the main
 * thread; nothing here is shared.
 */
import { FairQueue, type QueueEntry } from '../../async/fair-queue.ts';
import { onAbort } from '../../async/on-abort.ts';

export const REQUEST_CLASSES = ['short', 'sound', 'long'] as const;
export type RequestClass = (typeof REQUEST_CLASSES)[number];

/** Of those that give none, and that give one which is no level. */
const DEFAULT_PRIORITY = 2;
const LAST_PRIORITY = 3;

/** Pictures that are decoded while as many guests as may are at work: as many as are decoded at a time. */
const DECODED_AHEAD = 3;

export interface TurnRequest {
  readonly class: RequestClass;
  readonly flow: string;
  /** Whose it is. */
  readonly client: string;
  /** Among those of its flow: 1 is the first, 3 the last; all else is 2. */
  readonly priority: number;
  /** Its reason rejects the wait. */
  readonly signal: AbortSignal;
}

/** The right to be worked on, until it is disposed of. */
export interface Turn extends Disposable {
  /**
   * Lets others of the lane go first, and comes back when it is this one's turn again; at once where nobody waits.
   * @throws the signal's reason
   */
  giveWay(): Promise<void>;
}

export interface SchedulerOptions {
  /** Guest threads for short requests. */
  guestThreads: number;
  /** Sounds that may have begun and are not done: from 1. */
  maxConcurrentTranscriptions: number;
  /** A short request comes or goes. */
  onShort?: () => void;
}

export class Scheduler {
  readonly #short: Lane;
  readonly #sounds: Lane;

  constructor({ guestThreads, maxConcurrentTranscriptions, onShort }: SchedulerOptions) {
    this.#short = new Lane(guestThreads + DECODED_AHEAD, Infinity, onShort);
    this.#sounds = new Lane(
      soundTurns(guestThreads, maxConcurrentTranscriptions),
      maxConcurrentTranscriptions,
    );
  }

  /** Requests by class: in the line, those that give way included, and those that have their turn. */
  get state(): Record<'waiting' | 'running', Record<RequestClass, number>> {
    const state = { waiting: { ...NONE }, running: { ...NONE } };
    for (const lane of [this.#short, this.#sounds]) lane.count(state);
    return state;
  }

  /** Waits for a turn. @throws the signal's reason, or that of {@link close} */
  async turn(request: TurnRequest): Promise<Turn> {
    return (request.class === 'short' ? this.#short : this.#sounds).enter(request);
  }

  /** Who waits, and whoever comes later, is refused with this reason. */
  close(reason: Error): void {
    for (const lane of [this.#short, this.#sounds]) lane.close(reason);
  }
}

/** Sounds that are worked on at one time. */
export function soundTurns(guestThreads: number, maxConcurrentTranscriptions: number): number {
  return Math.min(Math.max(1, guestThreads - 1), maxConcurrentTranscriptions);
}

const NONE: Readonly<Record<RequestClass, number>> = { short: 0, sound: 0, long: 0 };

class Lane {
  readonly line = new FairQueue<LaneTurn>();
  readonly #running = { ...NONE };
  readonly #begunMost: number;
  readonly #onChange: () => void;
  #free: number;
  /** The clients of those that have begun and are not done, one for each. */
  readonly #begun: string[] = [];
  #closed: Error | undefined;

  /**
   * @param begunMost requests that may have had a turn and are not done
   * @param onChange a request comes or goes
   */
  constructor(turns: number, begunMost: number, onChange: () => void = () => undefined) {
    this.#free = turns;
    this.#begunMost = begunMost;
    this.#onChange = onChange;
  }

  count({ waiting, running }: Scheduler['state']): void {
    for (const turn of this.line.entries) waiting[turn.class]++;
    for (const name of REQUEST_CLASSES) running[name] += this.#running[name];
  }

  async enter(request: TurnRequest): Promise<Turn> {
    if (this.#closed !== undefined) throw this.#closed;
    this.#onChange();
    const turn = new LaneTurn(this, request);
    await turn.wait();
    return turn;
  }

  close(reason: Error): void {
    this.#closed = reason;
    for (const turn of this.line.entries) turn.refuse(reason);
  }

  /** The turn may go to another; {@link serve} gives it. */
  takeBack(turn: LaneTurn): void {
    this.#free++;
    this.#running[turn.class]--;
  }

  /** It is over, after it has begun. */
  left({ client }: LaneTurn): void {
    this.#begun.splice(this.#begun.indexOf(client), 1);
    this.#onChange();
    this.serve();
  }

  serve(): void {
    while (this.#free > 0) {
      const turn = this.line.next((waiting) => waiting.begun || this.#mayBegin(waiting));
      if (turn === undefined) return;
      this.#free--;
      this.#running[turn.class]++;
      if (!turn.begun) this.#begun.push(turn.client);
      turn.give();
    }
  }

  #mayBegin({ class: name, client }: LaneTurn): boolean {
    const places = name === 'long' ? this.#begunMost - 1 : this.#begunMost;
    const ofOne = this.#begunMost > 2 ? places - 1 : places;
    const own = this.#begun.filter((other) => other === client).length;
    return this.#begun.length < Math.max(1, places) && own < Math.max(1, ofOne);
  }
}

class LaneTurn implements Turn, QueueEntry {
  readonly flow: string;
  readonly client: string;
  readonly priority: number;
  readonly class: RequestClass;
  readonly #lane: Lane;
  readonly #signal: AbortSignal;
  #begun = false;
  #given = false;
  #over = false;
  #go: () => void = () => undefined;
  #refuse: (reason: Error) => void = () => undefined;

  constructor(lane: Lane, { flow, client, priority, class: name, signal }: TurnRequest) {
    this.#lane = lane;
    this.flow = flow;
    this.client = client;
    this.priority = priority >= 1 && priority <= LAST_PRIORITY ? priority : DEFAULT_PRIORITY;
    this.class = name;
    this.#signal = signal;
  }

  /** It has had a turn before. */
  get begun(): boolean {
    return this.#begun;
  }

  /** @throws the signal's reason */
  async wait(): Promise<void> {
    const signal = this.#signal;
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#refuse = reject;
    this.#go = resolve;
    using _listener = onAbort(signal, () => this.refuse(signal.reason as Error));
    if (this.#begun) this.#lane.line.addFirst(this);
    else this.#lane.line.add(this);
    this.#lane.serve();
    return await promise;
  }

  /** From this moment on the turn is held, even if whoever waits for it has not woken up yet. */
  give(): void {
    this.#begun = true;
    this.#given = true;
    this.#go();
  }

  refuse(reason: Error): void {
    this.#lane.line.remove(this);
    this.#refuse(reason);
  }

  async giveWay(): Promise<void> {
    if (this.#over) return;
    this.#given = false;
    this.#lane.takeBack(this);
    await this.wait();
  }

  [Symbol.dispose](): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#given) this.#lane.takeBack(this);
    else this.refuse(new Error('The request is over.'));
    this.#lane.left(this);
  }
}
