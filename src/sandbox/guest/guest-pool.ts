/**
 * The guest threads: a fixed number of slots, each with one thread that is replaced when it ends.
 *
 * Design: calls wait in one queue for an idle thread; the first takes a thread with a prepared instance of its program,
 * or else any. A trap retires its thread after the answer is given. There is one slot more than may work at a time, so
 * that a terminated thread is replaced by one that has already started. A long call has a thread beside those of the
 * short ones, started when as many long calls are present for the first time; it sleeps there while others go first. A
 * thread keeps the glue of every program that it ever had, because compiled code is seldom freed: one that has lost
 * many programs is replaced while it is idle, one thread at a time.
 * Guarantees: as many threads as slots while open; a thread that cannot start is restarted with an exponential
 * back-off. A call that is aborted leaves the queue at once. The process is kept alive while a caller waits, and until
 * the first thread has started, and otherwise may end.
 */
import { Backoff } from '../../async/backoff.ts';
import { onAbort } from '../../async/on-abort.ts';
import { KeepAlive } from '../../async/keep-alive.ts';
import type { Engine } from '../../engine/engine.ts';
import type { GraphReference } from '../../engine/native-graph.ts';
import { SandpiperError } from '../../errors.ts';
import type { PredictionTerms } from '../prediction/prediction-terms.ts';
import { GuestHandle } from './guest-handle.ts';
import type { CallEvents } from './pending-call.ts';
import type { GuestThreadLimits } from './start-guest-thread.ts';
import type {
  CallOutcome,
  GuestLine,
  GuestCall,
  GuestOutcome,
  GuestProgram,
  GuestRun,
  GuestWork,
  RunOutcome,
} from '../guest-protocol.ts';

const RESTARTS = { firstMs: 10, longestMs: 5_000 };

/** Uninstalled programs after which a thread is replaced. */
const MOST_UNINSTALLED = 16;

/** Spare threads beyond those that may work at a time. */
const SPARE_THREADS = 1;

/** Threads that may end before they have started, until that is no accident. */
const MOST_FAILED_STARTS = 6;

/** Most guest threads at one time. */
export function guestSlots({
  threads,
  longCalls = 0,
}: Pick<GuestPoolOptions, 'threads' | 'longCalls'>): number {
  return threads + SPARE_THREADS + longCalls;
}

export interface GuestPoolOptions {
  /** Most short calls that work at a time. */
  threads: number;
  /** Most long calls at a time, working or paused; the caller must not exceed it. */
  longCalls?: number;
  engine: Engine;
  limits: GuestThreadLimits;
  onLog: (line: GuestLine) => void;
}

export interface GuestCallOptions {
  /** Aborts the call, which rejects with its reason. */
  signal: AbortSignal;
  transfer?: ArrayBuffer[];
  onProgress?: CallEvents['onProgress'];
  onLive?: CallEvents['onLive'];
  onPartial?: CallEvents['onPartial'];
  client?: CallEvents['client'];
  fields?: CallEvents['fields'];
  onSpans?: CallEvents['onSpans'];
  /** Makes it a long call. */
  onPause?: CallEvents['onPause'];
  onFolders?: CallEvents['onFolders'];
  /** Called when the call has got a thread. @param wake wakes the guest, if it sleeps */
  onStart?: (wake: () => void) => void;
  /** Called when the call has ended, with the milliseconds that others blocked it. */
  onEnd?: (blockedMs: number) => void;
}

/** Omits from each member of a union. */
type DistributiveOmit<T, K extends keyof T> = T extends unknown ? Omit<T, K> : never;

interface QueuedCall {
  /** Undefined if any thread will do. */
  program: string | undefined;
  long: boolean;
  take: (handle: GuestHandle) => void;
  refuse: (reason: Error) => void;
}

export class GuestPool {
  readonly #options: GuestPoolOptions;
  readonly #programs = new Map<string, GuestProgram>();
  readonly #graphs = new Map<string, GraphReference>();
  readonly #handles = new Set<GuestHandle>();
  readonly #queue: QueuedCall[] = [];
  /** Back-off of each slot. */
  readonly #restarts: Backoff[];
  #lastCallId = 0;
  #longCalls = 0;
  #slots = 0;
  #closing = false;
  #replaced = 0;
  /** Threads that ended before they had started, while none has started yet. */
  #failedStarts = 0;
  #emptied = Promise.withResolvers<void>();
  readonly #up = Promise.withResolvers<void>();
  readonly #keepAlive = new KeepAlive();
  /** Called when a thread has started, or the pool is closed. */
  readonly #settling: (() => void)[] = [];

  constructor(options: GuestPoolOptions) {
    this.#options = options;
    this.#restarts = Array.from({ length: guestSlots(options) }, () => new Backoff(RESTARTS));
    const starting = this.#keepAlive.enter();
    const end = () => starting[Symbol.dispose]();
    this.#up.promise.then(end, end);
    this.#openSlots(guestSlots({ threads: options.threads }));
  }

  /** Working, paused and idle threads, and the number of threads replaced so far; the rest are starting. */
  get state(): { working: number; paused: number; idle: number; replaced: number } {
    const handles = [...this.#handles];
    return {
      working: handles.filter(({ working, paused }) => working && !paused).length,
      paused: handles.filter(({ paused }) => paused).length,
      idle: handles.filter(({ idle }) => idle).length,
      replaced: this.#replaced,
    };
  }

  /**
   * Resolves when the first thread has started, or the pool is closed: until then a call would only wait.
   * @throws SandpiperError `internal` where {@link MOST_FAILED_STARTS} threads have ended and none has started
   */
  get up(): Promise<void> {
    return this.#up.promise;
  }

  /** Deadline of the thread in a slot, on the monotonic clock; undefined for one that is idle or starting. */
  deadlineOf(slot: number): number | undefined {
    return [...this.#handles].find((handle) => handle.slot === slot)?.deadline;
  }

  /** Resolves when no thread is starting, or the pool is closed. */
  async settled(): Promise<void> {
    using _waiting = this.#keepAlive.enter();
    while (!this.#closing && [...this.#handles].some((handle) => !handle.idle && !handle.working)) {
      await new Promise<void>((resolve) => this.#settling.push(resolve));
    }
  }

  install(program: GuestProgram): void {
    this.#programs.set(program.key, program);
    for (const handle of this.#handles) handle.install(program);
  }

  /** What calls of an installed program are held to from now on. */
  installTerms(key: string, terms: PredictionTerms): void {
    const program = this.#programs.get(key);
    if (program === undefined) return;
    this.#programs.set(key, { ...program, terms });
    for (const handle of this.#handles) handle.installTerms(key, terms);
  }

  uninstall(key: string): void {
    this.#programs.delete(key);
    for (const handle of this.#handles) handle.uninstall(key);
    this.#retireWorn();
  }

  /** Installs a bare graph for {@link run}. */
  installGraph(graph: GraphReference): void {
    this.#graphs.set(graph.key, graph);
    for (const handle of this.#handles) handle.installGraph(graph);
  }

  uninstallGraph(key: string): void {
    this.#graphs.delete(key);
    for (const handle of this.#handles) handle.uninstallGraph(key);
  }

  /** Wakes sleeping guests, after a change of something that they share with the caller. */
  wake(): void {
    for (const handle of this.#handles) handle.wake();
  }

  /** @throws the signal's reason, or SandpiperError `component-failed` */
  async call(
    call: Omit<GuestCall, 'callId' | 'long' | 'partial'>,
    options: GuestCallOptions,
  ): Promise<CallOutcome> {
    const long = options.onPause !== undefined;
    const work = { kind: 'call' as const, ...call, long, partial: options.onPartial !== undefined };
    if (!long) return (await this.#call(work, false, options)) as CallOutcome;
    this.#longCalls++;
    const { threads } = this.#options;
    this.#openSlots(Math.min(this.#restarts.length, guestSlots({ threads, longCalls: this.#longCalls })));
    try {
      return (await this.#call(work, true, options)) as CallOutcome;
    } finally {
      this.#longCalls--;
    }
  }

  /** Runs a bare graph on an idle thread. @throws as {@link call} */
  async run(run: Omit<GuestRun, 'callId'>, options: GuestCallOptions): Promise<RunOutcome> {
    return (await this.#call({ kind: 'run', ...run }, false, options)) as RunOutcome;
  }

  async #call(
    work: DistributiveOmit<GuestWork, 'callId' | 'owned'>,
    long: boolean,
    { signal, transfer = [], onStart, onEnd, ...events }: GuestCallOptions,
  ): Promise<GuestOutcome> {
    using _waiting = this.#keepAlive.enter();
    const handle = await this.#acquire(work.kind === 'call' ? work.program : undefined, long, signal);
    if (signal.aborted) {
      // Aborted in the moment in which a thread was found.
      handle.giveBack();
      throw signal.reason as Error;
    }
    onStart?.(() => handle.wake());
    using _listener = onAbort(signal, () => handle.stop(signal.reason as Error));
    try {
      const outcome = await handle.call({ ...work, callId: ++this.#lastCallId, owned: transfer }, events);
      if (outcome.kind === 'trap') handle.terminate(new Error('retired after a trap'));
      return outcome;
    } finally {
      onEnd?.(handle.blockedMs);
    }
  }

  /** Terminates all threads; running, queued and later calls reject. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#up.resolve();
    for (const look of this.#settling.splice(0)) look();
    const reason = closing();
    for (const { refuse } of this.#queue.splice(0)) refuse(reason);
    for (const handle of this.#handles) handle.terminate(reason);
    using _waiting = this.#keepAlive.enter();
    if (this.#handles.size > 0) await this.#emptied.promise;
  }

  async #acquire(program: string | undefined, long: boolean, signal: AbortSignal): Promise<GuestHandle> {
    signal.throwIfAborted();
    if (this.#closing) throw closing();
    const { promise, resolve, reject } = Promise.withResolvers<GuestHandle>();
    const entry: QueuedCall = { program, long, take: resolve, refuse: reject };
    using _listener = onAbort(signal, () => {
      const at = this.#queue.indexOf(entry);
      if (at >= 0) this.#queue.splice(at, 1);
      reject(signal.reason as Error);
    });
    this.#queue.push(entry);
    this.#serveQueue();
    return await promise;
  }

  /** Gives idle threads to the first queued calls; to short ones while fewer of them work than may. */
  #serveQueue(): void {
    for (;;) {
      const handles = [...this.#handles];
      const working = handles.filter((handle) => handle.working && !handle.long).length;
      const index = this.#queue.findIndex(({ long }) => long || working < this.#options.threads);
      const next = this.#queue[index];
      const idle = handles.filter((handle) => handle.idle);
      const handle = idle.find(({ prepared }) => prepared === next?.program) ?? idle[0];
      if (next === undefined || handle === undefined) return;
      this.#queue.splice(index, 1);
      next.take(handle.take(next.long));
    }
  }

  /** Replaces a worn thread, unless another one is starting. */
  #retireWorn(): void {
    const handles = [...this.#handles];
    const allUp = handles.length === this.#slots && handles.every(({ idle, working }) => idle || working);
    if (allUp) handles.find(({ idle, uninstalled }) => idle && uninstalled >= MOST_UNINSTALLED)?.retire();
  }

  /** Starts threads until there are `slots`. */
  #openSlots(slots: number): void {
    while (this.#slots < slots) this.#start(this.#slots++);
  }

  #start(slot: number): void {
    if (this.#closing) return;
    const handle = new GuestHandle({
      slot,
      engine: this.#options.engine,
      programs: this.#programs.values(),
      graphs: this.#graphs.values(),
      limits: this.#options.limits,
      onIdle: () => {
        this.#up.resolve();
        for (const look of this.#settling.splice(0)) look();
        this.#restarts[slot]?.reset();
        this.#retireWorn();
        this.#serveQueue();
      },
      onGone: (gone) => this.#replace(gone),
      onLog: this.#options.onLog,
    });
    this.#handles.add(handle);
  }

  #replace(gone: GuestHandle): void {
    const { slot } = gone;
    this.#handles.delete(gone);
    this.#serveQueue();
    if (this.#closing) {
      if (this.#handles.size === 0) this.#emptied.resolve();
      return;
    }
    this.#replaced++;
    if (!gone.hasStarted && ++this.#failedStarts >= MOST_FAILED_STARTS) this.#up.reject(cannotStart(gone));
    const pause = this.#restarts[slot]?.next() ?? RESTARTS.longestMs;
    if (pause === RESTARTS.firstMs) this.#start(slot);
    else setTimeout(() => this.#start(slot), pause).unref();
  }
}

function cannotStart({ stopReason }: GuestHandle): SandpiperError {
  const why = stopReason?.message ?? 'it ended without a reason';
  return new SandpiperError('internal', `No thread for components can be started: ${why}`);
}

function closing(): SandpiperError {
  return new SandpiperError('not-ready', 'The service is closing.');
}
