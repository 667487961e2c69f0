/**
 * The main thread's handle of one guest thread, from its start to its end.
 *
 * Guarantees: each call settles exactly once: with the guest's outcome, or with the reason for which the
 * thread was stopped. A call that must stop is first cancelled, which a guest inside a host call obeys at
 * once; a guest that computes on is terminated {@link CANCEL_GRACE_MS} later.
 * Ownership: the pool owns the handle; after `gone` it must not be used.
 */
import { Worker } from 'node:worker_threads';
import { monotonicMs } from '../bridge/clock.ts';
import { GuestCell } from '../bridge/guest-cell.ts';
import { CODE_RANGE } from '../config/code-range.ts';
import type { ServiceLimits } from '../config/limits.ts';
import type { EngineConnection } from '../engine/engine-pool.ts';
import { SandpiperError } from '../errors.ts';
import { threadEntry } from '../package-files.ts';
import type {
  FromGuest,
  GuestCall,
  GuestOutcome,
  GuestProgram,
  GuestThreadData,
  ToGuest,
} from './guest-protocol.ts';

/** Time for a cancelled guest to come back by itself before its thread is terminated. */
export const CANCEL_GRACE_MS = 10;

export type GuestThreadLimits = Pick<ServiceLimits, 'guestHeapBytes' | 'guestStackBytes'>;

export interface GuestHandleOptions {
  slot: number;
  connection: EngineConnection;
  programs: Iterable<GuestProgram>;
  limits: GuestThreadLimits;
  onIdle(handle: GuestHandle): void;
  /** The thread has ended, wanted or not. */
  onGone(handle: GuestHandle): void;
  onLog(line: Extract<FromGuest, { kind: 'log' }>): void;
}

interface Pending {
  call: number;
  resolve(outcome: GuestOutcome): void;
  reject(error: Error): void;
  onProgress: ((update: { text: string; seconds: number }) => void) | undefined;
  onPause: (() => Promise<void>) | undefined;
}

/** What a call tells while it runs. */
export interface CallEvents {
  onProgress?: ((update: { text: string; seconds: number }) => void) | undefined;
  /** A long call has had its slice: it sleeps until this resolves. */
  onPause?: (() => Promise<void>) | undefined;
}

export class GuestHandle {
  readonly slot: number;
  /** The program of which an instance is ready. */
  prepared: string | undefined;
  idle = false;
  /** From a call until the thread is idle again, or gone. */
  working = false;
  /** Programs that it once had. */
  uninstalled = 0;
  /** What it works at has a thread beside those of short calls. */
  long = false;
  readonly #worker: Worker;
  readonly #cancelled = new Int32Array(new SharedArrayBuffer(4));
  readonly #cell: GuestCell;
  #lastCall = 0;
  #pausedMs = 0;
  #pausedAt: number | undefined;
  readonly #options: GuestHandleOptions;
  #pending: Pending | undefined;
  #stopReason: Error | undefined;
  #gone = false;
  #startTimer: NodeJS.Timeout | undefined;
  #cancelTimer: NodeJS.Timeout | undefined;

  constructor(options: GuestHandleOptions) {
    this.#options = options;
    this.slot = options.slot;
    const { ports, cell, board, engines } = options.connection;
    this.#cell = new GuestCell(cell);
    const cancelled = this.#cancelled.buffer;
    this.#worker = new Worker(threadEntry(import.meta.url, './guest-thread.ts'), {
      workerData: { slot: options.slot, ports, cell, board, engines, cancelled } satisfies GuestThreadData,
      transferList: ports,
      name: `guest-${options.slot}`,
      env: {},
      argv: [],
      // The glue prints errors in the component's own words; the host's terminal is not for them.
      stdout: true,
      stderr: true,
      resourceLimits: {
        ...CODE_RANGE,
        maxOldGenerationSizeMb: toMiB(options.limits.guestHeapBytes),
        stackSizeMb: toMiB(options.limits.guestStackBytes),
      },
    });
    this.#worker.stdout.resume();
    this.#worker.stderr.resume();
    this.#worker.on('message', (message: FromGuest) => this.#receive(message));
    this.#worker.on('error', (error: NodeJS.ErrnoException) => {
      const { guestHeapBytes } = options.limits;
      const outOfHeap = `it needs more of the JavaScript heap than the guestHeapBytes of ${guestHeapBytes}`;
      const full = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.#stopReason ??= failed(full ? outOfHeap : `its thread failed: ${String(error)}`);
    });
    this.#worker.on('exit', () => this.#ended());
    for (const program of options.programs) this.install(program);
  }

  /** It is promised to a caller, who will {@link call} it in this turn of the event loop. */
  take(long: boolean): this {
    this.idle = false;
    this.working = true;
    this.long = long;
    return this;
  }

  /** Milliseconds of the call, which may be over, in which others kept it from working. */
  get heldUpMs(): number {
    const pausing = this.#pausedAt === undefined ? 0 : monotonicMs() - this.#pausedAt;
    return this.#cell.heldUpMs + this.#pausedMs + pausing;
  }

  /** Asleep in the middle of a long call, until others had their turn. */
  get paused(): boolean {
    return this.#pausedAt !== undefined;
  }

  install(program: GuestProgram): void {
    this.#send({ kind: 'install', program });
  }

  uninstall(key: string): void {
    this.uninstalled++;
    this.#send({ kind: 'uninstall', key });
  }

  /** @throws the reason given to {@link stop}, or SandpiperError `component-failed` */
  async call(
    call: GuestCall,
    transfer: ArrayBuffer[],
    { onProgress, onPause }: CallEvents = {},
  ): Promise<GuestOutcome> {
    if (this.#gone) throw this.#stopReason ?? failed('its thread ended');
    const { promise, resolve, reject } = Promise.withResolvers<GuestOutcome>();
    this.#pending = { call: call.call, resolve, reject, onProgress, onPause };
    this.#pausedMs = 0;
    this.#lastCall = call.call;
    this.#send({ kind: 'call', ...call }, transfer);
    return promise;
  }

  /** Ends the running call with `reason`, at once for the caller and as gently as it goes for the guest. */
  stop(reason: Error): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    pending.reject(reason);
    Atomics.store(this.#cancelled, 0, pending.call);
    this.wake();
    this.#cancelTimer = setTimeout(() => this.terminate(reason), CANCEL_GRACE_MS);
  }

  /** Makes a guest that sleeps look again. */
  wake(): void {
    this.#cell.wake();
  }

  /** Ends an idle thread; from here on it takes no call. */
  retire(): void {
    this.idle = false;
    this.terminate(new Error('retired: it has had many programs'));
  }

  terminate(reason: Error): void {
    this.#stopReason ??= reason;
    this.#cell.giveUp(this.#lastCall);
    this.#clearTimers();
    void this.#worker.terminate();
  }

  #send(message: ToGuest, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromGuest): void {
    switch (message.kind) {
      case 'idle':
        if (this.#stopReason !== undefined) return; // said before it was terminated: it serves no more
        this.#clearTimers();
        this.prepared = message.prepared;
        this.idle = true;
        this.working = false;
        return this.#options.onIdle(this);
      case 'starting':
        this.#startTimer = setTimeout(() => this.terminate(startedTooLong(message.startMs)), message.startMs);
        return;
      case 'started':
        clearTimeout(this.#startTimer);
        return;
      case 'pause':
        return void this.#pause(message.call);
      case 'log':
        return this.#options.onLog(message);
      case 'progress':
        if (this.#pending?.call === message.call) this.#pending.onProgress?.(message);
        return;
      default: {
        const pending = this.#pending;
        if (pending?.call !== message.call) return; // stopped meanwhile: its caller has been answered
        this.#pending = undefined;
        pending.resolve(message);
      }
    }
  }

  /** A call that ends meanwhile is woken by whoever ends it. */
  async #pause(call: number): Promise<void> {
    const pending = this.#pending;
    if (pending?.call !== call) return;
    this.#pausedAt = monotonicMs();
    try {
      await pending.onPause?.();
      if (this.#pending === pending) this.#cell.goOn();
    } catch {
      // Its reason ends the call as well.
    } finally {
      this.#pausedMs += monotonicMs() - this.#pausedAt;
      this.#pausedAt = undefined;
    }
  }

  #clearTimers(): void {
    clearTimeout(this.#startTimer);
    clearTimeout(this.#cancelTimer);
  }

  #ended(): void {
    this.#gone = true;
    this.#clearTimers();
    this.idle = false;
    this.working = false;
    this.#pending?.reject(this.#stopReason ?? failed('its thread ended'));
    this.#pending = undefined;
    this.#options.onGone(this);
  }
}

function toMiB(bytes: number): number {
  return Math.max(1, Math.floor(bytes / 2 ** 20));
}

function startedTooLong(startMs: number): SandpiperError {
  return failed(`its instance was not made within the limit startMs of ${startMs}`);
}

function failed(what: string): SandpiperError {
  return new SandpiperError('component-failed', `The component failed: ${what}.`);
}
