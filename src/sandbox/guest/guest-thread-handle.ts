/**
 * The main thread's handle of one guest thread, from its start to its end.
 *
 * Guarantees: each call settles exactly once: with the guest's outcome, or with the reason for which the
 * thread was stopped. A call that must stop is first cancelled, which a guest inside a host call obeys at
 * once; a guest that computes on is terminated {@link CANCEL_GRACE_MS} later.
 * Ownership: the pool owns the handle; after `gone` it must not be used. The thread keeps no process alive: who waits
 * for a call does.
 */
import type { Worker } from 'node:worker_threads';
import { MAX_TIMER_MS, monotonicMs } from '../../async/clock.ts';
import { GuestSignals } from '../../engine/guest-signals.ts';
import type { Engine, EngineConnection } from '../../engine/engine.ts';
import type { TrialQuestion } from '../../engine/trial/shared-verdict.ts';
import type { GraphReference } from '../../engine/native-graph.ts';
import { SandpiperError } from '../../errors.ts';
import type {
  FromGuest,
  GuestLine,
  GuestOutcome,
  GuestProgram,
  GuestWork,
  ToGuest,
} from '../guest-protocol.ts';
import { PendingCall, type CallEvents } from './pending-call.ts';
import { startGuestThread, type GuestThreadLimits } from './start-guest-thread.ts';

/**
 * Time for a cancelled guest to come back by itself before its thread is terminated. One that has missed its deadline may
 * loop for ever; one whose client has gone is most likely well, and starting another thread takes longer.
 */
const CANCEL_GRACE_MS = { late: 10, unwanted: 100 };

/** Time for a terminated thread to end: a run ends at its next operator, and one operator seldom takes longer. */
const END_MS = 1_000;

export interface GuestThreadHandleOptions {
  slot: number;
  engine: Engine;
  programs: Iterable<GuestProgram>;
  graphs: Iterable<GraphReference>;
  limits: GuestThreadLimits;
  /** The program or bare graph whose call has cost the thread that was here before, if one has. */
  causedBy?: string | undefined;
  onIdle(handle: GuestThreadHandle): void;
  onGone(handle: GuestThreadHandle): void;
  /** It was terminated and does not end. */
  onStuck(handle: GuestThreadHandle): void;
  onLog(line: GuestLine): void;
}

/**
 * loading → preparing → idle → busy → idle → …, and from each of them → gone.
 *
 * While it loads the engine's library a thread cannot be terminated: koffi would take the whole process along. It is
 * busy from the moment in which it is promised to a caller until it is idle again.
 */
type State =
  | { kind: 'loading' | 'preparing' | 'gone' }
  | { kind: 'idle'; prepared: string | undefined }
  | { kind: 'busy'; prepared: string | undefined; key: string; long: boolean };

export class GuestThreadHandle {
  readonly slot: number;
  /** It has been idle at least once. */
  hasStarted = false;
  /** Why it ends, or has ended; it takes no more calls. */
  stopReason: Error | undefined;
  /** Number of programs that were uninstalled. */
  uninstalled = 0;
  /** The program or bare graph of the short call in which the thread ended, if it ended in one. */
  endedWith: string | undefined;
  /** Since when it is terminated and does not end, on the monotonic clock: it is inside one operator. */
  stuckSince: number | undefined;
  readonly #options: GuestThreadHandleOptions;
  readonly #worker: Worker;
  readonly #connection: EngineConnection;
  readonly #signals: GuestSignals;
  #state: State = { kind: 'loading' };
  /** The last call; a stopped one may still log. */
  #call: PendingCall | undefined;
  #trying: AbortController | undefined;
  #startTimer: NodeJS.Timeout | undefined;
  #cancelTimer: NodeJS.Timeout | undefined;
  #endTimer: NodeJS.Timeout | undefined;

  constructor(options: GuestThreadHandleOptions) {
    this.#options = options;
    this.slot = options.slot;
    this.#connection = options.engine.connect(options.slot);
    this.#signals = new GuestSignals(this.#connection.signals);
    this.#worker = startGuestThread(options.slot, this.#connection, options.limits);
    this.#worker.on('message', (message: FromGuest) => this.#receive(message));
    this.#worker.on('error', (error: NodeJS.ErrnoException) => {
      const { guestHeapBytes } = options.limits;
      const outOfHeap = `it needs more of the JavaScript heap than the guestHeapBytes of ${guestHeapBytes}`;
      const full = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.stopReason ??= failed(full ? outOfHeap : `its thread failed: ${String(error)}`);
    });
    this.#worker.on('exit', () => this.#ended());
    // After the listeners: one for messages would keep the process alive again.
    this.#worker.unref();
    for (const program of options.programs) this.send({ kind: 'install', program });
    for (const graph of options.graphs) this.send({ kind: 'install-graph', graph });
  }

  get idle(): boolean {
    return this.#state.kind === 'idle' && this.stopReason === undefined;
  }

  /** The program with a prepared instance, now or before the current call. */
  get prepared(): string | undefined {
    return this.#state.kind === 'idle' || this.#state.kind === 'busy' ? this.#state.prepared : undefined;
  }

  get working(): boolean {
    return this.#state.kind === 'busy';
  }

  /** The program or bare graph that it works for; before it has started, the one whose call cost the thread before. */
  get key(): string | undefined {
    if (this.#state.kind === 'busy') return this.#state.key;
    return this.hasStarted ? undefined : this.#options.causedBy;
  }

  get long(): boolean {
    return this.#state.kind === 'busy' && this.#state.long;
  }

  /** Whether it sleeps in a long call while others go first. */
  get paused(): boolean {
    return this.#call?.paused === true;
  }

  /** Milliseconds that the current or last call was blocked by others. */
  get blockedMs(): number {
    return this.#signals.waitedMs + (this.#call?.pausedMs ?? 0);
  }

  /** Reserves the thread for a caller, who must {@link call} it in the same iteration of the event loop. */
  take({ key, long }: { key: string; long: boolean }): this {
    this.#call = undefined;
    this.#state = { kind: 'busy', prepared: this.prepared, key, long };
    return this;
  }

  /** Releases a reserved thread without a call. */
  giveBack(): void {
    if (this.#state.kind !== 'busy') return;
    this.#state = { kind: 'idle', prepared: this.prepared };
    if (this.idle) this.#options.onIdle(this);
  }

  send(message: ToGuest, transfer: ArrayBuffer[] = []): void {
    if (message.kind === 'uninstall') this.uninstalled++;
    this.#worker.postMessage(message, transfer);
  }

  /** @throws the reason given to {@link stop}, or SandpiperError `component-failed` */
  async call(work: GuestWork, events: CallEvents = {}): Promise<GuestOutcome> {
    const call = new PendingCall(work.callId, events);
    if (this.#state.kind === 'gone') {
      call.over();
      throw this.stopReason ?? failed('its thread ended');
    }
    this.send(work, [...work.owned]);
    this.#call = call;
    // Stops a run in flight, so that the guest gets a timeout.
    const left = Math.min(Math.max(0, work.deadline - monotonicMs()), MAX_TIMER_MS);
    const deadline = setTimeout(() => this.#options.engine.stop(this.#connection), left);
    try {
      return await call.outcome;
    } finally {
      clearTimeout(deadline);
      this.#trying?.abort();
    }
  }

  /** Ends the running call with `reason`: at once for the caller, and if possible without terminating the thread. */
  stop(reason: Error): void {
    const call = this.#running;
    if (call === undefined) return;
    call.fail(reason);
    this.#signals.cancel(call.callId);
    this.#options.engine.stop(this.#connection);
    const isLate = reason instanceof SandpiperError && reason.code === 'deadline-exceeded';
    const graceMs = CANCEL_GRACE_MS[isLate ? 'late' : 'unwanted'];
    this.#cancelTimer = setTimeout(() => this.terminate(reason), graceMs);
  }

  /** Wakes a sleeping guest, which then checks for changes. */
  wake(): void {
    this.#signals.wake();
  }

  /** Ends the thread; one that is still starting ends when it has started. */
  terminate(reason: Error): void {
    this.stopReason ??= reason;
    this.#options.engine.stop(this.#connection);
    this.#clearTimers();
    if (this.#state.kind === 'loading') return;
    void this.#worker.terminate();
    this.#endTimer ??= setTimeout(() => this.#leaveRun(), END_MS).unref();
  }

  /** Gives the run slot of a thread that does not end to others. */
  #leaveRun(): void {
    this.stuckSince = monotonicMs();
    this.#options.engine.leaveRun(this.#connection);
    this.#options.onStuck(this);
  }

  /** The call that has not settled, if any. */
  get #running(): PendingCall | undefined {
    return this.#call?.isSettled === false ? this.#call : undefined;
  }

  #receive(message: FromGuest): void {
    if (this.#state.kind === 'loading') {
      this.#state = { kind: 'preparing' };
      if (this.stopReason !== undefined) return this.terminate(this.stopReason);
    }
    switch (message.kind) {
      case 'idle':
        if (this.stopReason !== undefined) return; // sent before it was terminated
        this.#clearTimers();
        this.hasStarted = true;
        this.#state = { kind: 'idle', prepared: message.prepared };
        return this.#options.onIdle(this);
      case 'starting':
        return this.#limitStart(message.startMs);
      case 'started':
        clearTimeout(this.#startTimer);
        return;
      case 'try-graph':
        return void this.#try(message.question);
      case 'log':
        return this.#log(message);
      case 'pause':
        return void this.#pause(message.callId);
      default:
        if (message.kind === 'over' && message.startMs !== undefined) this.#limitStart(message.startMs);
        if (this.#call?.callId === message.callId) this.#call.receive(message);
    }
  }

  #limitStart(startMs: number): void {
    const hangs = () =>
      this.terminate(failed(`its instance was not made within the limit startMs of ${startMs}`));
    this.#startTimer = setTimeout(hangs, startMs).unref();
  }

  #log(line: Extract<FromGuest, { kind: 'log' }>): void {
    const isOfCall = line.callId === this.#call?.callId;
    this.#options.onLog(isOfCall ? { ...line, fields: this.#call?.events.fields } : line);
  }

  /** Tries a graph, until the call ends. */
  async #try(question: TrialQuestion): Promise<void> {
    const trying = new AbortController();
    this.#trying = trying;
    if (this.#running === undefined) trying.abort();
    await this.#options.engine.try(question, { signal: trying.signal, client: this.#call?.events.client });
    this.#signals.wake();
  }

  async #pause(callId: number): Promise<void> {
    const running = this.#running;
    if (running?.callId !== callId) return;
    if (await running.pause()) this.#signals.resume();
  }

  #clearTimers(): void {
    clearTimeout(this.#startTimer);
    clearTimeout(this.#cancelTimer);
  }

  #ended(): void {
    if (this.working && !this.long && this.stuckSince === undefined) this.endedWith = this.key;
    this.#state = { kind: 'gone' };
    this.#options.engine.disconnect(this.#connection);
    this.#clearTimers();
    clearTimeout(this.#endTimer);
    this.#call?.over();
    this.#running?.fail(this.stopReason ?? failed('its thread ended'));
    this.#options.onGone(this);
  }
}

function failed(what: string): SandpiperError {
  return new SandpiperError('component-failed', `The component failed: ${what}.`);
}
