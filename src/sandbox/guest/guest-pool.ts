/**
 * Calls of the guest threads.
 *
 * Design: calls wait in one queue for an idle thread; the first takes a thread with a prepared instance of its program,
 * or else any. A trap retires its thread after the answer is given. A long call has a thread beside those of the short
 * ones; it sleeps there while others go first.
 * Guarantees: a call that is aborted leaves the queue at once. The process is kept alive while a caller waits.
 */
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
import { GuestSlots } from './guest-slots.ts';
import type { CallEvents } from './pending-call.ts';

export interface GuestCallOptions extends CallEvents {
  /** Aborts the call, which rejects with its reason. */
  signal: AbortSignal;
  transfer?: ArrayBuffer[];
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
  take: (handle: GuestThreadHandle) => void;
  refuse: (reason: Error) => void;
}

export class GuestPool extends GuestSlots {
  readonly #queue: QueuedCall[] = [];
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
    { signal, transfer = [], onStart, onEnd, ...events }: GuestCallOptions,
  ): Promise<GuestOutcome> {
    using _waiting = this.keepAlive.enter();
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

  async #acquire(
    program: string | undefined,
    long: boolean,
    signal: AbortSignal,
  ): Promise<GuestThreadHandle> {
    signal.throwIfAborted();
    if (this.closing) throw closing();
    const { promise, resolve, reject } = Promise.withResolvers<GuestThreadHandle>();
    const entry: QueuedCall = { program, long, take: resolve, refuse: reject };
    using _listener = onAbort(signal, () => {
      const at = this.#queue.indexOf(entry);
      if (at >= 0) this.#queue.splice(at, 1);
      reject(signal.reason as Error);
    });
    this.#queue.push(entry);
    this.serveQueue();
    return await promise;
  }

  /** Gives idle threads to the first queued calls; to short ones while fewer of them work than may. */
  protected override serveQueue(): void {
    for (;;) {
      const handles = [...this.handles];
      // Others go on in the place of one that does not end.
      const short = handles.filter(
        (handle) => handle.working && !handle.long && handle.stuckSince === undefined,
      ).length;
      const index = this.#queue.findIndex(({ long }) => long || short < this.options.threads);
      const next = this.#queue[index];
      const idle = handles.filter((handle) => handle.idle);
      const handle = idle.find(({ prepared }) => prepared === next?.program) ?? idle[0];
      if (next === undefined || handle === undefined) return;
      this.#queue.splice(index, 1);
      next.take(handle.take(next.long));
    }
  }
}

function closing(): SandpiperError {
  return new SandpiperError('not-ready', 'The service is closing.');
}
