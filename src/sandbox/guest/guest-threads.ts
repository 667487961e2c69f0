/**
 * The guest threads: a fixed number of slots, each with one thread that is replaced when it ends, and what is installed
 * in all of them.
 *
 * Design: there is one slot more than may work at a time, so that a terminated thread is replaced by one that has already
 * started. Threads for long calls are started when as many long calls are present, and end when the service is idle. A
 * thread keeps the glue of every program that it ever had, because compiled code is seldom freed: one that has lost many
 * programs is replaced while it is idle, one thread at a time.
 * Guarantees: as many threads as slots while open; a thread that cannot start is restarted with an exponential
 * back-off. The process is kept alive until the first thread has started.
 */
import { Backoff } from '../../async/backoff.ts';
import { Condition } from '../../async/condition.ts';
import { KeepAlive } from '../../async/keep-alive.ts';
import type { Engine } from '../../engine/engine.ts';
import type { GraphReference } from '../../engine/native-graph.ts';
import { SandpiperError } from '../../errors.ts';
import type { GuestLine, GuestProgram, ToGuest } from '../guest-protocol.ts';
import type { PredictionTerms } from '../prediction/prediction-terms.ts';
import { GuestThreadHandle } from './guest-thread-handle.ts';
import type { GuestThreadLimits } from './start-guest-thread.ts';

const RESTARTS = { firstMs: 10, longestMs: 5_000 };

/** Uninstalled programs after which a thread is replaced. */
const MAX_UNINSTALLED = 16;

/** Spare threads beyond those that may work at a time. */
export const SPARE_THREADS = 1;

/** Threads that may end before they have started, until that is no accident. */
const MAX_FAILED_STARTS = 6;

/** Why threads end that are not to blame. */
const UNUSED = new Error('ended: no long call needs it');
const WORN = new Error('retired: it has had many programs');

export interface GuestThreadsOptions {
  /** Most short calls that work at a time. */
  threads: number;
  /** Most long calls at a time, working or paused; the caller must not exceed it. */
  longCalls?: number;
  engine: Engine;
  limits: GuestThreadLimits;
  onLog: (line: GuestLine) => void;
  /** A program has become slow, or is no longer: its call takes long or has cost a thread, or that thread is replaced. */
  onSlowChanged?: () => void;
}

/** Most guest threads at one time. */
export function guestSlots({
  threads,
  longCalls = 0,
}: Pick<GuestThreadsOptions, 'threads' | 'longCalls'>): number {
  return threads + SPARE_THREADS + longCalls;
}

export abstract class GuestThreads {
  protected readonly options: GuestThreadsOptions;
  protected readonly handles = new Set<GuestThreadHandle>();
  protected readonly keepAlive = new KeepAlive();
  protected closing = false;
  /** Long calls that are present. */
  protected longCalls = 0;
  readonly #programs = new Map<string, GuestProgram>();
  readonly #graphs = new Map<string, GraphReference>();
  /** Back-off of each slot. */
  readonly #restarts: Backoff[];
  /** Slots with a thread. */
  readonly #open = new Set<number>();
  #replaced = 0;
  /** Threads that ended before they had started, while none has started yet. */
  #failedStarts = 0;
  readonly #emptied = Promise.withResolvers<void>();
  readonly #up = Promise.withResolvers<void>();
  /** Threads start, and the pool is closed. */
  readonly #settling = new Condition();

  constructor(options: GuestThreadsOptions) {
    this.options = options;
    this.#restarts = Array.from({ length: guestSlots(options) }, () => new Backoff(RESTARTS));
    const starting = this.keepAlive.enter();
    const end = () => starting[Symbol.dispose]();
    this.#up.promise.then(end, end);
    this.openSlots();
  }

  /** Called when a thread is idle, has ended, or does not end. */
  protected abstract serveQueue(): void;

  /** Working, paused and idle threads, and the number of threads replaced so far; the rest are starting. */
  get state(): { working: number; paused: number; idle: number; replaced: number } {
    const handles = [...this.handles];
    return {
      working: handles.filter(({ working, paused }) => working && !paused).length,
      paused: handles.filter(({ paused }) => paused).length,
      idle: handles.filter(({ idle }) => idle).length,
      replaced: this.#replaced,
    };
  }

  /**
   * Resolves when the first thread has started, or the pool is closed: until then a call would only wait.
   * @throws SandpiperError `internal` where {@link MAX_FAILED_STARTS} threads have ended and none has started
   */
  get up(): Promise<void> {
    return this.#up.promise;
  }

  /** For each thread that was terminated and does not end, since when, on the monotonic clock. */
  get stuckSince(): number[] {
    return [...this.handles].flatMap(({ stuckSince }) => stuckSince ?? []);
  }

  /** Resolves when no thread is starting, or the pool is closed. */
  async settled(): Promise<void> {
    using _waiting = this.keepAlive.enter();
    while (!this.closing && [...this.handles].some((handle) => !handle.idle && !handle.working)) {
      await this.#settling.wait();
    }
  }

  install(program: GuestProgram): void {
    this.#programs.set(program.key, program);
    this.#sendAll({ kind: 'install', program });
  }

  /** Terms that calls of an installed program must keep from now on. */
  installTerms(key: string, terms: PredictionTerms): void {
    const program = this.#programs.get(key);
    if (program === undefined) return;
    this.#programs.set(key, { ...program, terms });
    this.#sendAll({ kind: 'install-terms', key, terms });
  }

  uninstall(key: string): void {
    this.#programs.delete(key);
    this.#sendAll({ kind: 'uninstall', key });
    this.#retireWorn();
  }

  installGraph(graph: GraphReference): void {
    this.#graphs.set(graph.key, graph);
    this.#sendAll({ kind: 'install-graph', graph });
  }

  uninstallGraph(key: string): void {
    this.#graphs.delete(key);
    this.#sendAll({ kind: 'uninstall-graph', key });
  }

  /** Wakes sleeping guests, after a change of something that they share with the caller. */
  wake(): void {
    for (const handle of this.handles) handle.wake();
  }

  /** Ends the threads of long calls that are over, and collects the garbage of the others. */
  giveMemoryBack(): void {
    const needed = this.#needed;
    for (const handle of this.handles) {
      if (handle.slot >= needed && handle.idle) handle.terminate(UNUSED);
      else handle.send({ kind: 'give-memory-back' });
    }
  }

  protected async end(reason: Error): Promise<void> {
    this.closing = true;
    this.#started();
    for (const handle of this.handles) handle.terminate(reason);
    using _waiting = this.keepAlive.enter();
    if (this.handles.size > 0) await this.#emptied.promise;
  }

  /** Starts threads until there are enough for the calls that are present. */
  protected openSlots(): void {
    for (let slot = 0; slot < this.#needed; slot++) {
      if (this.#open.has(slot)) continue;
      this.#open.add(slot);
      this.#start(slot);
    }
  }

  get #needed(): number {
    const { threads } = this.options;
    return Math.min(this.#restarts.length, guestSlots({ threads, longCalls: this.longCalls }));
  }

  #sendAll(message: ToGuest): void {
    for (const handle of this.handles) handle.send(message);
  }

  #started(): void {
    this.#up.resolve();
    this.#settling.notify();
  }

  /** Replaces a worn thread, unless another one is starting. */
  #retireWorn(): void {
    const handles = [...this.handles];
    const allUp = handles.length === this.#open.size && handles.every(({ idle, working }) => idle || working);
    const worn = handles.find(({ idle, uninstalled }) => idle && uninstalled >= MAX_UNINSTALLED);
    if (allUp) worn?.terminate(WORN);
  }

  /** @param causedBy as {@link GuestThreadHandle.endedWith} of the thread before */
  #start(slot: number, causedBy?: string): void {
    if (this.closing) return;
    const { engine, limits, onLog } = this.options;
    let counted = causedBy !== undefined;
    const handle = new GuestThreadHandle({
      slot,
      engine,
      programs: this.#programs.values(),
      graphs: this.#graphs.values(),
      limits,
      causedBy,
      onIdle: () => {
        this.#started();
        this.#restarts[slot]?.reset();
        this.#retireWorn();
        this.serveQueue();
        if (counted) this.options.onSlowChanged?.();
        counted = false;
      },
      onGone: (gone) => this.#replace(gone),
      onStuck: () => this.serveQueue(),
      onLog,
    });
    this.handles.add(handle);
  }

  #replace(gone: GuestThreadHandle): void {
    const { slot, endedWith } = gone;
    this.handles.delete(gone);
    if (this.closing) {
      if (this.handles.size === 0) this.#emptied.resolve();
      return;
    }
    if (gone.stopReason === UNUSED) {
      this.#open.delete(slot);
      return this.openSlots();
    }
    this.#replaced++;
    if (!gone.hasStarted && ++this.#failedStarts >= MAX_FAILED_STARTS) this.#up.reject(cannotStart(gone));
    const pause = this.#restarts[slot]?.next() ?? RESTARTS.longestMs;
    if (pause === RESTARTS.firstMs) this.#start(slot, endedWith);
    else setTimeout(() => this.#start(slot), pause).unref();
    this.serveQueue();
    if (endedWith !== undefined) this.options.onSlowChanged?.();
  }
}

function cannotStart({ stopReason }: GuestThreadHandle): SandpiperError {
  const why = stopReason?.message ?? 'it ended without a reason';
  return new SandpiperError('internal', `No thread for components can be started: ${why}`);
}
