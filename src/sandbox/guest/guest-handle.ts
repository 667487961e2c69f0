/**
 * The main thread's handle of one guest thread, from its start to its end.
 *
 * Guarantees: each call settles exactly once: with the guest's outcome, or with the reason for which the
 * thread was stopped. A call that must stop is first cancelled, which a guest inside a host call obeys at
 * once; a guest that computes on is terminated {@link CANCEL_GRACE_MS} later.
 * Ownership: the pool owns the handle; after `gone` it must not be used. The thread keeps no process alive: who waits
 * for a call does.
 */
import { Worker } from 'node:worker_threads';
import { monotonicMs } from '../../async/clock.ts';
import { GuestCell } from '../../engine/guest-cell.ts';
import { THREAD_LIMITS } from '../../config/thread-limits.ts';
import type { FolderImage } from '../../capabilities/filesystem/folder-image.ts';
import type { ServiceLimits } from '../../config/limits.ts';
import type { Engine, EngineConnection } from '../../engine/engine.ts';
import type { TrialQuestion } from '../../engine/trial-answer.ts';
import type { GraphReference } from '../../engine/native-graph.ts';
import { SandpiperError } from '../../errors.ts';
import type { RequestFields } from '../../telemetry/logger.ts';
import { threadEntry } from '../../package-files.ts';
import type { GuestOutput } from '../prediction/guest-values.ts';
import type { PredictionTerms } from '../prediction/prediction-terms.ts';
import type {
  FromGuest,
  GuestLine,
  GuestOutcome,
  GuestProgram,
  GuestThreadData,
  GuestWork,
  LiveReport,
  Spanned,
  ToGuest,
} from '../guest-protocol.ts';

/** Time for a cancelled guest to come back by itself before its thread is terminated. */
export const CANCEL_GRACE_MS = 10;

/** Node's timers take no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export type GuestThreadLimits = Pick<ServiceLimits, 'guestHeapBytes' | 'guestStackBytes'>;

export interface GuestHandleOptions {
  slot: number;
  engine: Engine;
  programs: Iterable<GuestProgram>;
  graphs: Iterable<GraphReference>;
  limits: GuestThreadLimits;
  onIdle(handle: GuestHandle): void;
  /** The thread has ended, wanted or not. */
  onGone(handle: GuestHandle): void;
  onLog(line: GuestLine): void;
}

interface Pending {
  call: number;
  resolve(outcome: Spanned<GuestOutcome>): void;
  reject(error: Error): void;
  onProgress: ((update: { text: string; seconds: number }) => void) | undefined;
  onLive: ((report: LiveReport) => void) | undefined;
  onPartial: ((output: GuestOutput) => void) | undefined;
  onPause: (() => Promise<void>) | undefined;
  onFolders: ((folders: ReadonlyMap<string, FolderImage>) => void) | undefined;
}

/** What a call tells while it runs. */
export interface CallEvents {
  onProgress?: ((update: { text: string; seconds: number }) => void) | undefined;
  onLive?: ((report: LiveReport) => void) | undefined;
  /** An output, held to what the component said, while it works on. */
  onPartial?: ((output: GuestOutput) => void) | undefined;
  /** A long call has had its slice: it sleeps until this resolves. */
  onPause?: (() => Promise<void>) | undefined;
  /** Of a command that has ended: the folders that it may write to. */
  onFolders?: ((folders: ReadonlyMap<string, FolderImage>) => void) | undefined;
  /** Of the request that the call is for: go with each of its log lines. */
  fields?: RequestFields | undefined;
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
  readonly #connection: EngineConnection;
  readonly #cell: GuestCell;
  /** Of the call that the thread works at, or was last stopped in, on the monotonic clock. */
  deadline: number | undefined;
  #pausedMs = 0;
  #pausedAt: number | undefined;
  readonly #options: GuestHandleOptions;
  #pending: Pending | undefined;
  /** A call that was stopped may still log. */
  #lastCall: { call: number; fields: RequestFields | undefined } | undefined;
  #trying: AbortController | undefined;
  #stopReason: Error | undefined;
  #gone = false;
  /** It has loaded the engine. Until then it cannot be terminated: koffi takes the whole process along. */
  #up = false;
  #startTimer: NodeJS.Timeout | undefined;
  #cancelTimer: NodeJS.Timeout | undefined;

  constructor(options: GuestHandleOptions) {
    this.#options = options;
    this.slot = options.slot;
    this.#connection = options.engine.connect(options.slot);
    this.#cell = new GuestCell(this.#connection.cell);
    this.#worker = new Worker(threadEntry(import.meta.url, './guest-thread.ts'), {
      workerData: this.#connection satisfies GuestThreadData,
      name: `guest-${options.slot}`,
      env: {},
      // An embedder's own options, such as a module to load first or an inspector's port, are not for these threads.
      execArgv: [],
      argv: [],
      // Nothing is printed there (guest-thread.ts). Reading the two would keep the process alive.
      stdout: true,
      stderr: true,
      resourceLimits: {
        ...THREAD_LIMITS,
        maxOldGenerationSizeMb: toMiB(options.limits.guestHeapBytes),
        stackSizeMb: toMiB(options.limits.guestStackBytes),
      },
    });
    this.#worker.on('message', (message: FromGuest) => this.#receive(message));
    this.#worker.on('error', (error: NodeJS.ErrnoException) => {
      const { guestHeapBytes } = options.limits;
      const outOfHeap = `it needs more of the JavaScript heap than the guestHeapBytes of ${guestHeapBytes}`;
      const full = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.#stopReason ??= failed(full ? outOfHeap : `its thread failed: ${String(error)}`);
    });
    this.#worker.on('exit', () => this.#ended());
    this.#worker.unref();
    for (const program of options.programs) this.install(program);
    for (const graph of options.graphs) this.#send({ kind: 'install-graph', graph });
  }

  /** It is promised to a caller, who will {@link call} it in this turn of the event loop. */
  take(long: boolean): this {
    this.idle = false;
    this.working = true;
    this.long = long;
    return this;
  }

  /** The call that it was promised for does not come. */
  giveBack(): void {
    this.working = false;
    if (this.#gone || this.#stopReason !== undefined) return;
    this.idle = true;
    this.#options.onIdle(this);
  }

  /** Milliseconds of the call, which may be over, in which others kept it from working. */
  get heldUpMs(): number {
    const pausing = this.#pausedAt === undefined ? 0 : monotonicMs() - this.#pausedAt;
    return this.#cell.waitedMs + this.#pausedMs + pausing;
  }

  /** Asleep in the middle of a long call, until others had their turn. */
  get paused(): boolean {
    return this.#pausedAt !== undefined;
  }

  install(program: GuestProgram): void {
    this.#send({ kind: 'install', program });
  }

  installTerms(key: string, terms: PredictionTerms): void {
    this.#send({ kind: 'install-terms', key, terms });
  }

  uninstall(key: string): void {
    this.uninstalled++;
    this.#send({ kind: 'uninstall', key });
  }

  installGraph(graph: GraphReference): void {
    this.#send({ kind: 'install-graph', graph });
  }

  uninstallGraph(key: string): void {
    this.#send({ kind: 'uninstall-graph', key });
  }

  /** @throws the reason given to {@link stop}, or SandpiperError `component-failed` */
  async call(
    work: GuestWork,
    { onProgress, onLive, onPartial, onPause, onFolders, fields }: CallEvents = {},
  ): Promise<Spanned<GuestOutcome>> {
    if (this.#gone) throw this.#stopReason ?? failed('its thread ended');
    const { promise, resolve, reject } = Promise.withResolvers<Spanned<GuestOutcome>>();
    this.#send(work, [...work.owned]);
    this.#pending = { call: work.call, resolve, reject, onProgress, onLive, onPartial, onPause, onFolders };
    this.#lastCall = { call: work.call, fields };
    this.#pausedMs = 0;
    this.deadline = work.deadline;
    // A run in flight ends then, and the guest is told that it took too long.
    const left = Math.min(Math.max(0, work.deadline - monotonicMs()), LONGEST_TIMER_MS);
    const deadline = setTimeout(() => this.#options.engine.stop(this.#connection), left);
    try {
      return await promise;
    } finally {
      clearTimeout(deadline);
      this.#trying?.abort();
    }
  }

  /** Ends the running call with `reason`, at once for the caller and as gently as it goes for the guest. */
  stop(reason: Error): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    pending.reject(reason);
    this.#cell.cancel(pending.call);
    this.#options.engine.stop(this.#connection);
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

  /** A thread that is still starting ends once it has. */
  terminate(reason: Error): void {
    this.#stopReason ??= reason;
    this.#options.engine.stop(this.#connection);
    this.#clearTimers();
    if (this.#up) void this.#worker.terminate();
  }

  #send(message: ToGuest, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromGuest): void {
    if (!this.#up) {
      this.#up = true;
      if (this.#stopReason !== undefined) return this.terminate(this.#stopReason);
    }
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
        this.#startTimer.unref();
        return;
      case 'started':
        clearTimeout(this.#startTimer);
        return;
      case 'pause':
        return void this.#pause(message.call);
      case 'try-graph':
        return void this.#try(message.question);
      case 'log':
        return this.#log(message);
      case 'folders':
        if (this.#pending?.call === message.call) this.#pending.onFolders?.(message.folders);
        return;
      case 'progress':
        if (this.#pending?.call === message.call) this.#pending.onProgress?.(message);
        return;
      case 'live':
        if (this.#pending?.call === message.call) this.#pending.onLive?.(message.report);
        return;
      case 'partial':
        if (this.#pending?.call === message.call) this.#pending.onPartial?.(message.output);
        return;
      default: {
        const pending = this.#pending;
        if (pending?.call !== message.call) return; // stopped meanwhile: its caller has been answered
        this.#pending = undefined;
        pending.resolve(message);
      }
    }
  }

  #log(line: Extract<FromGuest, { kind: 'log' }>): void {
    const { call, fields } = this.#lastCall ?? {};
    this.#options.onLog(line.call === call ? { ...line, fields } : line);
  }

  /** For as long as its call goes on. */
  async #try(question: TrialQuestion): Promise<void> {
    const trying = new AbortController();
    this.#trying = trying;
    if (this.#pending === undefined) trying.abort();
    await this.#options.engine.try(question, trying.signal);
    this.#cell.wake();
  }

  /** A call that ends meanwhile is woken by whoever ends it. */
  async #pause(call: number): Promise<void> {
    const pending = this.#pending;
    if (pending?.call !== call) return;
    this.#pausedAt = monotonicMs();
    try {
      await pending.onPause?.();
      if (this.#pending === pending) this.#cell.resume();
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
    this.#options.engine.disconnect(this.#connection);
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
