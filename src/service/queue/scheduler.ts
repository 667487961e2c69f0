/**
 * Decides which request runs next: the one queue of the service, for all models together.
 *
 * Policy. A request is queued before its file is decoded, so that the queue holds files and not decoded data.
 *  1. `short` requests, pictures and tensors, have slots of their own: as many as guest threads, and a few more,
 *     whose files are decoded meanwhile. No sound takes one of these. Models whose calls take long have no more of them
 *     together than there are guest threads; what they hold beyond that is not counted.
 *  2. Sounds have fewer slots, and guest threads of their own. A started sound gives way between windows: when others
 *     wait it goes to the end of the round, its thread asleep, until it gets a slot again.
 *  3. The number of started sounds is bounded, since each holds a thread and its samples. The last of these starts is
 *     reserved for `sound`, short by its file; a `long` one waits for another. If there are three or more, one client
 *     must leave one to other clients.
 *     A `sound` that turns out to last long gives its start back, and waits for one as a `long` one.
 *  4. In each lane flows are served round-robin: the requests of one client to one model in one class. Short requests
 *     whose flow has used less time of late go first. Started sounds of a client have a flow beside those that have not
 *     started, so that the end of none is waited for.
 *
 * Guarantees: a slot is granted once and released once, whatever ends its request; an aborted request leaves the queue at
 * once. A sound of any length waits for one slice of each other started sound, never for its end. Ownership: the main
 * thread; nothing here is shared.
 */
import { monotonicMs } from '../../async/clock.ts';
import { FairQueue, type QueueEntry } from '../../async/fair-queue.ts';
import { onAbort } from '../../async/on-abort.ts';

const REQUEST_CLASSES = ['short', 'sound', 'long'] as const;
export type RequestClass = (typeof REQUEST_CLASSES)[number];

/** Used for a missing or out-of-range priority. */
const DEFAULT_PRIORITY = 2;
const LAST_PRIORITY = 3;

/** Slots beyond the guest threads, for pictures that are decoded meanwhile: as many as are decoded at a time. */
const DECODED_AHEAD = 3;

export interface SlotRequest {
  readonly class: RequestClass;
  /** Requests of one flow, those of each class by themselves, share a place in the round. */
  readonly flow: string;
  readonly client: string;
  /** Priority within its flow, from 1, the first, to 3; anything else counts as 2. */
  readonly priority: number;
  /** Whether calls of its model take long. */
  readonly slow?: () => boolean;
  /** Tells, when the slot is given back, for how many milliseconds a guest thread has worked for it. */
  readonly usedMs?: () => number;
  /** Aborts the wait, which rejects with its reason. */
  readonly signal: AbortSignal;
}

/** The right to be worked on, until it is disposed of. */
export interface Slot extends Disposable {
  /** Which of those with a slot goes first, on the monotonic clock: the one whose flow has used less, or that came first. */
  readonly order: number;
  /**
   * Lets waiting requests of the lane go first, and resolves with the next slot; at once if none waits.
   * @throws the signal's reason
   */
  giveWay(): Promise<void>;
  readonly class: RequestClass;
  /**
   * Gives up the start of a `sound`, and resolves when it is started again as a `long` one.
   * @throws the signal's reason
   */
  startAsLong(): Promise<void>;
}

export interface SchedulerOptions {
  guestThreads: number;
  /** Most sounds that are started and not finished, at least 1. */
  maxConcurrentTranscriptions: number;
  /** Called when a short request arrives or ends. */
  onShort?: () => void;
}

export class Scheduler {
  readonly #short: Lane;
  readonly #sounds: Lane;

  constructor({ guestThreads, maxConcurrentTranscriptions, onShort }: SchedulerOptions) {
    this.#short = new Lane(
      { slots: guestThreads + DECODED_AHEAD, slowSlots: guestThreads, mostStarted: Infinity },
      onShort,
    );
    const slots = Math.min(Math.max(1, guestThreads - 1), maxConcurrentTranscriptions);
    this.#sounds = new Lane({ slots, slowSlots: slots, mostStarted: maxConcurrentTranscriptions });
  }

  /** Requests by class: queued ones, those that gave way included, and those that have a slot. */
  get state(): Record<'waiting' | 'running', Record<RequestClass, number>> {
    const state = { waiting: { ...NONE }, running: { ...NONE } };
    for (const lane of [this.#short, this.#sounds]) lane.count(state);
    return state;
  }

  /** Waits for a slot. @throws the signal's reason, or that of {@link close} */
  async acquire(request: SlotRequest): Promise<Slot> {
    return (request.class === 'short' ? this.#short : this.#sounds).enter(request);
  }

  /** Grants what may be granted since other models are slow than before. */
  recheck(): void {
    this.#short.serve();
  }

  /** Refuses all queued and later requests with this reason. */
  close(reason: Error): void {
    for (const lane of [this.#short, this.#sounds]) lane.close(reason);
  }
}

const NONE: Readonly<Record<RequestClass, number>> = { short: 0, sound: 0, long: 0 };

interface LaneShape {
  slots: number;
  /** Most slots of slow models together. */
  slowSlots: number;
  /** Most requests that are started and not finished. */
  mostStarted: number;
}

class Lane {
  readonly queue = new FairQueue<LaneSlot>();
  readonly #shape: LaneShape;
  readonly #onChange: () => void;
  /** Requests that have a slot. */
  readonly #running = new Set<LaneSlot>();
  /** Clients of the started and unfinished requests, one entry each. */
  readonly #started: string[] = [];
  #closed: Error | undefined;

  /** @param onChange called when a request arrives or ends */
  constructor(shape: LaneShape, onChange: () => void = () => undefined) {
    this.#shape = shape;
    this.#onChange = onChange;
  }

  count({ waiting, running }: Scheduler['state']): void {
    for (const slot of this.queue.entries) waiting[slot.class]++;
    for (const slot of this.#running) running[slot.class]++;
  }

  async enter(request: SlotRequest): Promise<Slot> {
    if (this.#closed !== undefined) throw this.#closed;
    this.#onChange();
    const slot = new LaneSlot(this, request);
    await slot.wait();
    return slot;
  }

  close(reason: Error): void {
    this.#closed = reason;
    for (const slot of this.queue.entries) slot.refuse(reason);
  }

  /** Frees the slot; {@link serve} grants it to another. */
  release(slot: LaneSlot): void {
    this.#running.delete(slot);
  }

  /** Takes back the start of a request that has one. */
  unstart({ client }: LaneSlot): void {
    this.#started.splice(this.#started.indexOf(client), 1);
  }

  /** Removes a finished request. */
  finish(slot: LaneSlot): void {
    if (slot.usedMs > 0) this.queue.charge(slot.flow, slot.usedMs);
    if (slot.started) this.unstart(slot);
    this.#onChange();
    this.serve();
  }

  serve(): void {
    for (;;) {
      const { slots, slowSlots } = this.#shape;
      const slow = [...this.#running].filter(({ isSlow }) => isSlow).length;
      if (this.#running.size - Math.max(0, slow - slowSlots) >= slots) return;
      const slot = this.queue.next(
        (waiting) => (slow < slowSlots || !waiting.isSlow) && (waiting.started || this.#mayStart(waiting)),
      );
      if (slot === undefined) return;
      this.#running.add(slot);
      slot.order = Math.max(monotonicMs(), this.queue.evenAt(slot.flow));
      if (!slot.started) this.#started.push(slot.client);
      slot.grant();
    }
  }

  #mayStart({ class: name, client }: LaneSlot): boolean {
    const { mostStarted } = this.#shape;
    const most = name === 'long' ? mostStarted - 1 : mostStarted;
    const mostOfOne = mostStarted > 2 ? most - 1 : most;
    const own = this.#started.filter((other) => other === client).length;
    return this.#started.length < Math.max(1, most) && own < Math.max(1, mostOfOne);
  }
}

class LaneSlot implements Slot, QueueEntry {
  readonly client: string;
  readonly priority: number;
  order = 0;
  readonly #ofModel: string;
  #class: RequestClass;
  readonly #lane: Lane;
  readonly #slow: () => boolean;
  readonly #usedMs: () => number;
  readonly #signal: AbortSignal;
  #started = false;
  #granted = false;
  #over = false;
  #waiting: PromiseWithResolvers<void> | undefined;

  constructor(lane: Lane, { flow, client, priority, class: name, signal, slow, usedMs }: SlotRequest) {
    this.#lane = lane;
    this.#ofModel = flow;
    this.client = client;
    this.priority = priority >= 1 && priority <= LAST_PRIORITY ? priority : DEFAULT_PRIORITY;
    this.#class = name;
    this.#slow = slow ?? (() => false);
    this.#usedMs = usedMs ?? (() => 0);
    this.#signal = signal;
  }

  get class(): RequestClass {
    return this.#class;
  }

  get flow(): string {
    return `${this.#ofModel} ${this.#class}${this.#started && this.#class !== 'short' ? ' started' : ''}`;
  }

  get isSlow(): boolean {
    return this.#slow();
  }

  get usedMs(): number {
    return this.#usedMs();
  }

  /** Whether it has had a slot before. */
  get started(): boolean {
    return this.#started;
  }

  /** @throws the signal's reason */
  async wait(): Promise<void> {
    const signal = this.#signal;
    signal.throwIfAborted();
    this.#waiting = Promise.withResolvers<void>();
    using _listener = onAbort(signal, () => this.refuse(signal.reason as Error));
    if (this.#started) this.#lane.queue.addFirst(this);
    else this.#lane.queue.add(this);
    this.#lane.serve();
    return await this.#waiting.promise;
  }

  /** Grants the slot, which is held from now on, even before the waiting caller resumes. */
  grant(): void {
    this.#started = true;
    this.#granted = true;
    this.#waiting?.resolve();
  }

  refuse(reason: Error): void {
    this.#lane.queue.remove(this);
    this.#waiting?.reject(reason);
  }

  async giveWay(): Promise<void> {
    if (this.#over) return;
    this.#granted = false;
    this.#lane.release(this);
    await this.wait();
  }

  async startAsLong(): Promise<void> {
    if (this.#over) return;
    this.#granted = false;
    this.#lane.release(this);
    this.#lane.unstart(this);
    this.#started = false;
    this.#class = 'long';
    await this.wait();
  }

  [Symbol.dispose](): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#granted) this.#lane.release(this);
    else this.refuse(new Error('The request is over.'));
    this.#lane.finish(this);
  }
}
