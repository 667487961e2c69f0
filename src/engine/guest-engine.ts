/**
 * The guest thread's side of the engine: runs graphs on this thread when it has a run slot.
 *
 * Guarantees: the run of a cancelled request is not started, and one that was started ends at its next operator when the
 * main thread stops it. Every native value is in the thread's {@link NativeHandles} from the moment it exists, and what a
 * request leaves behind is released at its end. A session is named as in use before it is known to be loaded still, so
 * that the main thread cannot release it in between.
 *
 * Ownership: the guest thread owns everything here; it is discarded with the thread.
 */
import { monotonicMs } from '../async/clock.ts';
import type { Encoding } from './backend.ts';
import { backendFor } from './backends.ts';
import { EngineError } from './engine-error.ts';
import type { EngineConnection } from './engine.ts';
import { inspectGraph } from './inspect-graph.ts';
import type { GraphReference } from './native-graph.ts';
import type { Address } from './native/koffi.ts';
import { NativeHandles } from './native-handles.ts';
import { CancellableWait } from './cancellable-wait.ts';
import { RunQueue } from './run-queue.ts';
import type { NativeBytes, RunInput, Runtime, ValueFacts } from './runtime.ts';
import { SharedVerdict, type TrialQuestion } from './trial/shared-verdict.ts';
import { SpanLog } from '../telemetry/span-log.ts';
import { digestOf } from './trial/verdict-cache.ts';

/** An output of a run, which stays in native memory until it is released. */
export interface NativeTensor extends ValueFacts {
  name: string;
  encoding: Encoding;
  cell: number;
}

/** A backend as this thread uses it, from its first use on. */
interface Opened {
  readonly runtime: Runtime;
  readonly runOptions: Address;
  readonly handles: NativeHandles;
}

export class GuestEngine {
  readonly wait: CancellableWait;
  readonly #queue: RunQueue;
  readonly #connection: EngineConnection;
  readonly #askTrial: (question: TrialQuestion) => void;
  readonly #opened = new Map<Encoding, Opened>();
  #loads = 0;
  /** Spans of this call: waiting for a run slot, and runs. */
  readonly spans = new SpanLog();

  /** @param askTrial asks the main thread to try a graph; it wakes this thread with the answer */
  constructor(connection: EngineConnection, askTrial: (question: TrialQuestion) => void) {
    this.#askTrial = askTrial;
    this.#connection = connection;
    this.#queue = new RunQueue(connection.queue);
    this.wait = new CancellableWait(connection.signals);
  }

  /** Opens the libraries on this thread ahead of the first run, which takes a few milliseconds. */
  attach(): void {
    for (const encoding of this.#connection.backends.keys()) this.#open(encoding);
  }

  /** @param deadline on the {@link monotonicMs} clock */
  begin(callId: number, deadline: number, long: boolean): void {
    this.wait.begin(callId, deadline, long);
    for (const { runtime, runOptions } of this.#opened.values()) runtime.revive(runOptions);
    this.spans.take();
  }

  /** Releases what the request still holds. */
  end(): void {
    for (const { handles } of this.#opened.values()) handles.releaseKept();
  }

  /**
   * Loads a graph for the current request alone.
   *
   * @throws EngineError `invalid-encoding`, `unsupported-operation`, `security`, `too-large`, `timeout`; RequestCancelled
   */
  load(model: Uint8Array): GraphReference {
    const { backend, facts } = inspectGraph(model, { bare: false });
    const { encoding } = backend;
    const { runtime, handles } = this.#open(encoding);
    // Always: the bytes come from the guest.
    this.#awaitTrial(model);
    const key = `loaded-${++this.#loads}`;
    return this.#inSlot(key, () => {
      const session = handles.keepSession((cell) => runtime.loadHere(model, { threads: 1 }, cell));
      const loaded = new SharedArrayBuffer(4);
      new Int32Array(loaded)[0] = 1;
      return { key, encoding, facts, session, multiThreadedSession: undefined, loaded };
    });
  }

  /**
   * Runs a graph on this thread.
   *
   * @param inputs checked against the graph's facts by the caller
   * @param outputs names of outputs of the graph
   * @returns the outputs, in the order of `outputs`
   * @throws EngineError `timeout`, `not-found`, `invalid-argument`, `too-large`, `runtime-error`; RequestCancelled
   */
  run(graph: GraphReference, inputs: readonly RunInput[], outputs: readonly string[]): NativeTensor[] {
    const { key, encoding, facts, session, multiThreadedSession, loaded } = graph;
    const { runtime, runOptions, handles } = this.#open(encoding);
    const count = inputs.length + outputs.length;
    handles.assertRunValues(count);
    return this.#inSlot(key, (alone) => {
      const chosen = alone ? (multiThreadedSession ?? session) : session;
      try {
        handles.useSession(chosen);
        if (Atomics.load(new Int32Array(loaded), 0) !== 1)
          throw new EngineError('not-found', 'The graph is no longer loaded.');
        runtime.runs.run({ session: chosen, runOptions, facts, inputs, outputs, cells: handles.runCells });
        return outputs.map((name, index) => {
          const cell = inputs.length + index;
          return {
            name,
            encoding,
            ...runtime.values.facts(handles.runValue(cell)),
            cell: handles.keep(cell),
          };
        });
      } catch (error) {
        // A run that was stopped failed for that reason, whatever the engine says.
        this.wait.assertWanted();
        throw error;
      } finally {
        handles.useSession(0n);
        handles.releaseRun(count);
      }
    });
  }

  /** A copy of an output's elements. The tensor must not have been released. */
  read(tensor: NativeTensor): Uint8Array<ArrayBuffer> {
    const { runtime, handles } = this.#open(tensor.encoding);
    return runtime.values.read(handles.kept(tensor.cell), tensor);
  }

  /** An output's elements as the input of another run. */
  bytesOf(tensor: NativeTensor): NativeBytes {
    const { runtime, handles } = this.#open(tensor.encoding);
    return { address: runtime.values.dataOf(handles.kept(tensor.cell)), byteLength: tensor.byteLength };
  }

  release(tensor: NativeTensor): void {
    this.#opened.get(tensor.encoding)?.handles.release(tensor.cell);
  }

  /** @throws EngineError `timeout`, `too-large`, `invalid-encoding`; RequestCancelled */
  #awaitTrial(model: Uint8Array): void {
    const verdict = new SharedVerdict(SharedVerdict.allocate());
    const started = monotonicMs();
    this.wait.startWaiting();
    try {
      this.#askTrial({ model: model.slice(), digest: digestOf(model), verdict: verdict.shared });
      for (;;) {
        const { pulse } = this.wait;
        if (verdict.isSettled) return;
        if (monotonicMs() >= this.wait.deadline) throw overdue();
        this.wait.sleep(pulse, this.wait.deadline);
      }
    } finally {
      this.wait.stopWaiting();
      this.spans.add({
        name: 'compute',
        start: started,
        end: monotonicMs(),
        attributes: { 'sandpiper.trial': true },
      });
    }
  }

  /**
   * Runs `work` in a run slot, waiting for one first.
   *
   * @param graph named in the span
   * @param work called with whether nothing else runs or waits
   */
  #inSlot<T>(graph: string, work: (alone: boolean) => T): T {
    const queued = monotonicMs();
    const { slot } = this.#connection;
    this.#queue.enqueue(slot, this.wait.order);
    this.wait.startWaiting();
    let begun: number | undefined;
    let waited = true;
    try {
      waited = this.#awaitSlot(slot);
      this.wait.stopWaiting();
      begun = monotonicMs();
      return work(this.#queue.alone);
    } finally {
      const ended = monotonicMs();
      this.#queue.leave(slot);
      if (waited) this.spans.add({ name: 'queue', start: queued, end: begun ?? ended });
      if (begun !== undefined) {
        this.spans.add({
          name: 'compute',
          start: begun,
          end: ended,
          attributes: { 'sandpiper.graph': graph },
        });
      }
    }
  }

  #awaitSlot(slot: number): boolean {
    for (let waited = false; ; waited = true) {
      const { pulse } = this.#queue;
      this.wait.assertWanted();
      const remaining = this.wait.deadline - monotonicMs();
      // Past its deadline a run is not started.
      if (remaining <= 0) throw overdue();
      if (this.#queue.tryEnter(slot)) return waited;
      this.#queue.sleep(pulse, remaining);
    }
  }

  #open(encoding: Encoding): Opened {
    const known = this.#opened.get(encoding);
    if (known !== undefined) return known;
    const connection = this.#connection.backends.get(encoding);
    if (connection === undefined) throw new EngineError('unsupported-operation', 'There is no engine here.');
    const { runOptions } = connection;
    const runtime = backendFor(encoding).attach(connection.runtime);
    runtime.revive(runOptions);
    const opened = { runtime, runOptions, handles: new NativeHandles(connection.handles, runtime) };
    this.#opened.set(encoding, opened);
    return opened;
  }
}

function overdue(): EngineError {
  return new EngineError('timeout', 'The deadline of the request has passed.');
}
