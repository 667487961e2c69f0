/**
 * The main thread's side of the engine: loads graphs, one session each for the whole process, connects guest threads,
 * and cleans up after them.
 *
 * Guarantees: a graph that `load` returned can be run by every connected thread; one that it refused is gone. A session
 * is released when no thread runs it any more, however long its last run takes. What a terminated thread leaves behind
 * is released. Memory that runs have taken is returned to the system {@link IDLE_MS} after the last run, and at that
 * interval while runs go on.
 *
 * Ownership: the main thread owns all of it. Guest threads share the queue, and each its own cell and handles.
 */
import { inTurns } from '../async/turns.ts';
import { SERVICE_LIMITS } from '../config/limits.ts';
import { MACHINE } from '../config/machine.ts';
import { messageOf, SandpiperError } from '../errors.ts';
import { EngineError } from './engine-error.ts';
import { GuestSignals } from './guest-signals.ts';
import type { Backend, Encoding } from './backend.ts';
import { BACKENDS } from './backends.ts';
import { GraphTrials, type GraphTrialSettings } from './trial/graph-trials.ts';
import { inspectingGraph, type InspectOptions } from './inspect-graph.ts';
import type { GraphReference } from './native-graph.ts';
import { NativeHandles } from './native-handles.ts';
import type { Address } from './native/koffi.ts';
import { trimHeap } from './native/c-library.ts';
import { RunQueue } from './run-queue.ts';
import type { RunMemoryBytes, Runtime } from './runtime.ts';
import { SharedVerdict, type TrialQuestion } from './trial/shared-verdict.ts';
import type { TrialWaiter } from './trial/try-graph.ts';
import { digestOf } from './trial/verdict-cache.ts';

/** Time after a run until its memory is returned to the system. */
const IDLE_MS = 2_000;
/** Interval at which a session that was still in use is checked again. */
const RELEASE_AGAIN_MS = 20;

export interface EngineOptions {
  /** Concurrent runs; 0 for an engine that is never used and loads no library. */
  runs: number;
  /** Most guest threads connected at one time. */
  guestSlots: number;
  /** Memory that all runs of a backend may take together. */
  memoryBytes: number;
  /** Limits of loading one graph, and where verdicts are stored. By default the service's limits, and nowhere. */
  trials?: GraphTrialSettings;
}

/** Threads of a run: one, two always, or one beside a second session that uses every core while nothing else runs. */
export type GraphThreads = 'one' | 'two' | 'all-when-idle';

export interface LoadOptions extends InspectOptions {
  threads: GraphThreads;
}

/** Lets one guest thread use the engine; plain data. */
export interface EngineConnection {
  /** The thread's row in the run queue. */
  slot: number;
  queue: SharedArrayBuffer;
  signals: SharedArrayBuffer;
  /** Empty for an engine without runs. */
  backends: ReadonlyMap<Encoding, BackendConnection>;
}

export interface BackendConnection {
  /** Handle of the runtime that the main thread has started. */
  runtime: object;
  runOptions: Address;
  handles: SharedArrayBuffer;
}

export class Engine {
  readonly #started = new Map<Encoding, ReturnType<Backend['start']>>();
  readonly #shared: SharedArrayBuffer;
  readonly #queue: RunQueue;
  readonly #graphs = new Map<string, { graph: GraphReference; runtime: Runtime }>();
  readonly #connections = new Set<EngineConnection>();
  readonly #idleTimer: NodeJS.Timeout | undefined;
  readonly #trials: GraphTrials;
  /** Ends running trials when the engine closes. */
  readonly #closing = new AbortController();
  #releasing: { session: Address; runtime: Runtime }[] = [];
  #runsSeen = 0;
  /** A run may end after it has left the queue. */
  #hasMemoryToGiveBack = false;
  #closed = false;

  /** @throws SandpiperError `invalid-config` if a backend's library cannot be used */
  constructor({ runs, guestSlots, memoryBytes, trials = { limits: SERVICE_LIMITS } }: EngineOptions) {
    this.#trials = new GraphTrials(trials);
    this.#shared = RunQueue.allocate({ runs: Math.max(1, runs), threads: guestSlots });
    this.#queue = new RunQueue(this.#shared);
    if (runs === 0) return;
    for (const backend of BACKENDS) this.#started.set(backend.encoding, backend.start(memoryBytes));
    this.#idleTimer = setInterval(() => void this.#giveMemoryBack(), IDLE_MS).unref();
  }

  /**
   * @param key names the graph for {@link unload}
   * @throws EngineError `invalid-encoding`, `security`, `unsupported-operation`, `too-large`, `timeout`
   */
  async load(key: string, model: Uint8Array, { threads, bare }: LoadOptions): Promise<GraphReference> {
    const { backend, facts, doubt } = await inTurns(inspectingGraph(model, { bare }));
    const { encoding } = backend;
    const runtime = this.#started.get(encoding)?.runtime;
    if (runtime === undefined || this.#closed) throw closing();
    if (doubt !== undefined)
      await this.#trials.assertHarmless(model, digestOf(model), 'folder', { signal: this.#closing.signal });
    const { cores } = MACHINE;
    const session = await runtime.load(model, { threads: threads === 'two' ? Math.min(2, cores) : 1 });
    // Optional: without it the graph runs on one core.
    const multiThreadedSession =
      threads === 'all-when-idle' && cores > 1 && MACHINE.roomy
        ? await runtime.load(model, { threads: cores }).catch(() => undefined)
        : undefined;
    if (this.#closed) {
      for (const made of [session, multiThreadedSession]) if (made !== undefined) runtime.unload(made);
      throw closing();
    }
    const loaded = new SharedArrayBuffer(4);
    new Int32Array(loaded)[0] = 1;
    const graph: GraphReference = { key, encoding, facts, session, multiThreadedSession, loaded };
    this.#graphs.set(key, { graph, runtime });
    return graph;
  }

  /**
   * Tries a graph that a guest thread wants to load, and writes the verdict into the question's memory.
   *
   * @param waiter its signal aborts when the guest no longer waits
   */
  async try({ model, digest, verdict }: TrialQuestion, { signal, client }: TrialWaiter): Promise<void> {
    const reply = new SharedVerdict(verdict);
    try {
      await this.#trials.assertHarmless(model, digest, 'guest', {
        signal: AbortSignal.any([signal, this.#closing.signal]),
        client,
      });
      reply.harmless();
    } catch (error) {
      reply.refused(
        error instanceof EngineError ? error : new EngineError('runtime-error', messageOf(error)),
      );
    }
  }

  /** The graph's memory is released when no thread runs it any more. */
  unload(key: string): void {
    const known = this.#graphs.get(key);
    if (known === undefined) return;
    this.#graphs.delete(key);
    const { graph, runtime } = known;
    Atomics.store(new Int32Array(graph.loaded), 0, 0);
    for (const session of [graph.session, graph.multiThreadedSession])
      if (session !== undefined) this.#releasing.push({ session, runtime });
    this.#releaseUnused();
  }

  /** Connects a new guest thread. Call {@link disconnect} when the thread has ended. */
  connect(slot: number): EngineConnection {
    const connection: EngineConnection = {
      slot,
      queue: this.#shared,
      signals: GuestSignals.allocate(),
      backends: new Map(
        [...this.#started].map(([encoding, { runtime }]) => [
          encoding,
          {
            runtime: runtime.handle,
            runOptions: runtime.makeRunOptions(),
            handles: NativeHandles.allocate(),
          },
        ]),
      ),
    };
    this.#connections.add(connection);
    return connection;
  }

  /** Ends the thread's run at its next operator, or wakes it where it waits for a slot. Does nothing once disconnected. */
  stop(connection: EngineConnection): void {
    if (!this.#connections.has(connection)) return;
    for (const [encoding, { runOptions }] of connection.backends)
      this.#started.get(encoding)?.runtime.terminate(runOptions);
    this.#queue.wake();
  }

  /** Lets others run in the place of a thread that was stopped and is inside one operator still. */
  leaveRun(connection: EngineConnection): void {
    if (this.#connections.has(connection)) this.#queue.leave(connection.slot);
  }

  /** Releases everything that an ended thread still held. */
  disconnect(connection: EngineConnection): void {
    if (!this.#connections.delete(connection)) return;
    this.#queue.leave(connection.slot);
    this.#hasMemoryToGiveBack = true;
    for (const [encoding, { handles, runOptions }] of connection.backends) {
      const runtime = this.#started.get(encoding)?.runtime;
      if (runtime === undefined) continue;
      NativeHandles.releaseAll(handles, runtime);
      runtime.releaseRunOptions(runOptions);
    }
    this.#releaseUnused();
  }

  get busy(): number {
    return this.#queue.busy;
  }

  /** Notes that a short request has arrived or ended: long ones then leave a core free for a while. */
  noteShortRequest(): void {
    this.#queue.noteShortRequest();
  }

  /** Memory taken by runs of graphs; undefined without an engine, or after it was closed. */
  get memory(): RunMemoryBytes | undefined {
    if (this.#closed || this.#started.size === 0) return undefined;
    const all = [...this.#started.values()].map(({ memory }) => memory.read());
    return all.reduce((a, b) => ({ used: a.used + b.used, peak: a.peak + b.peak, held: a.held + b.held }));
  }

  /** Sets how many requests are in progress: the run of a lone request may use every core. */
  setActiveRequests(count: number): void {
    this.#queue.setActiveRequests(count);
  }

  /** Releases all graphs. Every guest thread must have ended. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing.abort();
    clearInterval(this.#idleTimer);
    for (const key of this.#graphs.keys()) this.unload(key);
    for (const { memory } of this.#started.values()) memory[Symbol.dispose]();
  }

  #releaseUnused(): void {
    const used = new Set(
      [...this.#connections]
        .flatMap(({ backends }) => [...backends.values()])
        .map(({ handles }) => NativeHandles.sessionInUse(handles)),
    );
    const inUse = this.#releasing.filter(({ session }) => used.has(session));
    for (const { session, runtime } of this.#releasing) if (!used.has(session)) runtime.unload(session);
    this.#releasing = inUse;
    if (inUse.length > 0) setTimeout(() => this.#releaseUnused(), RELEASE_AGAIN_MS).unref();
  }

  /** Returns what others than the arena have freed to the system. */
  async trimHeap(): Promise<void> {
    if (this.#started.size > 0) await trimHeap();
  }

  async #giveMemoryBack(): Promise<void> {
    const { ended } = this.#queue;
    if (ended === this.#runsSeen && !this.#hasMemoryToGiveBack) return;
    this.#runsSeen = ended;
    this.#hasMemoryToGiveBack = false;
    await Promise.all([...this.#started.values()].map(async ({ memory }) => memory.shrink()));
  }
}

function closing(): SandpiperError {
  return new SandpiperError('not-ready', 'The service is closing.');
}
