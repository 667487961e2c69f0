/**
 * Calls of the guest threads.
 *
 * Design: calls wait in one queue for an idle thread, in the order that they were given; the first takes a thread with a prepared instance of its program,
 * or else any. A trap retires its thread after the answer is given. A long call has a thread beside those of the short
 * ones; it sleeps there while others go first. While slow programs work ({@link SlowCalls}), others may have the spare
 * thread, so that programs that compute to their deadlines do not keep the rest waiting.
 * Guarantees: a call that is aborted leaves the queue at once. The process is kept alive while a caller waits.
 */
import { monotonicMs } from '../../async/clock.ts';
import { onAbort } from '../../async/on-abort.ts';
import { SandpiperError } from '../../errors.ts';
import type {
  CallOutcome,
  GuestCall,
  GuestOutcome,
  GuestRun,
  GuestWork,
  RunOutcome,
} from '../guest-protocol.ts';
import type { GuestThreadHandle } from './guest-thread-handle.ts';
import { GuestThreads, SPARE_THREADS } from './guest-threads.ts';
import type { CallEvents } from './pending-call.ts';
import { SlowCalls } from './slow-calls.ts';

export interface GuestCallOptions extends CallEvents {
  /** Aborts the call, which rejects with its reason. */
  signal: AbortSignal;
  transfer?: ArrayBuffer[];
  /** On the monotonic clock: those with an earlier one get a thread first. Default: now. */
  order?: number | undefined;
  /** Called when the call has got a thread. @param wake wakes the guest, if it sleeps */
  onStart?: (wake: () => void) => void;
  /** Called when the call has ended, with the milliseconds that others blocked it. */
  onEnd?: (blockedMs: number) => void;
}

/** Omits from each member of a union. */
type DistributiveOmit<T, K extends keyof T> = T extends unknown ? Omit<T, K> : never;

interface QueuedCall {
  /** Key of its program, or of its bare graph. */
  key: string;
  long: boolean;
  order: number;
  take: (handle: GuestThreadHandle) => void;
  refuse: (reason: Error) => void;
}

export class GuestPool extends GuestThreads {
  readonly #queue: QueuedCall[] = [];
  readonly #slow = new SlowCalls(() => {
    this.serveQueue();
    this.options.onSlowChanged?.();
  });
  #lastCallId = 0;

  /**
   * Calls a component; with `onPause` it is a long call.
   * @throws the signal's reason, or SandpiperError `component-failed`
   */
  async call(
    call: Omit<GuestCall, 'callId' | 'long' | 'partial'>,
    options: GuestCallOptions,
  ): Promise<CallOutcome> {
    const long = options.onPause !== undefined;
    const work = { kind: 'call' as const, ...call, long, partial: options.onPartial !== undefined };
    if (!long) return (await this.#call(work, false, options)) as CallOutcome;
    this.longCalls++;
    this.openSlots();
    try {
      return (await this.#call(work, true, options)) as CallOutcome;
    } finally {
      this.longCalls--;
    }
  }

  /** Runs a bare graph on an idle thread. @throws as {@link call} */
  async run(run: Omit<GuestRun, 'callId'>, options: GuestCallOptions): Promise<RunOutcome> {
    return (await this.#call({ kind: 'run', ...run }, false, options)) as RunOutcome;
  }

  /**
   * Whether short calls of this program or bare graph take long, now or the last time, or have cost a thread whose
   * replacement has not started yet.
   */
  isSlow(key: string): boolean {
    return this.#slow.has(key) || [...this.handles].some((handle) => !handle.working && handle.key === key);
  }

  override uninstall(key: string): void {
    this.#slow.forget(key);
    super.uninstall(key);
  }

  override uninstallGraph(key: string): void {
    this.#slow.forget(key);
    super.uninstallGraph(key);
  }

  /** Terminates all threads; running, queued and later calls reject. */
  async close(): Promise<void> {
    const reason = closing();
    const ended = this.end(reason);
    for (const { refuse } of this.#queue.splice(0)) refuse(reason);
    return ended;
  }

  async #call(
    work: DistributiveOmit<GuestWork, 'callId' | 'owned'>,
    long: boolean,
    { signal, transfer = [], order = monotonicMs(), onStart, onEnd, ...events }: GuestCallOptions,
  ): Promise<GuestOutcome> {
    using _waiting = this.keepAlive.enter();
    const key = work.kind === 'call' ? work.program : work.graph;
    const handle = await this.#acquire({ key, long, order }, signal);
    if (signal.aborted) {
      // Aborted in the moment in which a thread was found.
      handle.giveBack();
      throw signal.reason as Error;
    }
    onStart?.(() => handle.wake());
    using _listener = onAbort(signal, () => handle.stop(signal.reason as Error));
    using _timed = long ? undefined : this.#slow.begin(key, () => handle.blockedMs);
    try {
      const outcome = await handle.call({ ...work, callId: ++this.#lastCallId, owned: transfer }, events);
      if (outcome.kind === 'trap') handle.terminate(new Error('retired after a trap'));
      return outcome;
    } finally {
      onEnd?.(handle.blockedMs);
    }
  }

  async #acquire(
    waiting: Pick<QueuedCall, 'key' | 'long' | 'order'>,
    signal: AbortSignal,
  ): Promise<GuestThreadHandle> {
    signal.throwIfAborted();
    if (this.closing) throw closing();
    const { promise, resolve, reject } = Promise.withResolvers<GuestThreadHandle>();
    const entry: QueuedCall = { ...waiting, take: resolve, refuse: reject };
    using _listener = onAbort(signal, () => {
      const at = this.#queue.indexOf(entry);
      if (at >= 0) this.#queue.splice(at, 1);
      reject(signal.reason as Error);
    });
    const behind = this.#queue.findLastIndex(({ order }) => order <= entry.order);
    this.#queue.splice(behind + 1, 0, entry);
    this.serveQueue();
    return await promise;
  }

  /**
   * Gives idle threads to the first queued calls; to short ones while fewer of them work than may, and to one more that
   * is not slow while slow ones work. A thread that starts in the place of one that a call has cost works for that call.
   */
  protected override serveQueue(): void {
    for (;;) {
      const handles = [...this.handles];
      // Others go on in the place of one that does not end.
      const short = handles.filter(
        ({ key, long, stuckSince }) => key !== undefined && !long && stuckSince === undefined,
      );
      const { threads } = this.options;
      const spare = short.some(({ key }) => key !== undefined && this.isSlow(key)) ? SPARE_THREADS : 0;
      const index = this.#queue.findIndex(
        ({ key, long }) => long || short.length < threads + (this.isSlow(key) ? 0 : spare),
      );
      const next = this.#queue[index];
      const idle = handles.filter((handle) => handle.idle);
      const handle = idle.find(({ prepared }) => prepared === next?.key) ?? idle[0];
      if (next === undefined || handle === undefined) return;
      this.#queue.splice(index, 1);
      next.take(handle.take(next));
    }
  }
}

function closing(): SandpiperError {
  return new SandpiperError('not-ready', 'The service is closing.');
}
