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
import { EngineError } from './engine-error.ts';
import type { EngineConnection } from './engine.ts';
import { GuestCell } from './guest-cell.ts';
import type { GraphFacts } from './graph-facts.ts';
import { inspectGraph } from './inspect-graph.ts';
import { NativePorts, type GraphReference } from './native-graph.ts';
import { NativeHandles } from './native-handles.ts';
import { BOOL } from '../element-types.ts';
import { NativeFailure } from './onnxruntime/native.ts';
import { refusalOfRun } from './onnxruntime/refusals.ts';
import { OnnxRuntime } from './onnxruntime/runtime.ts';
import type { NativeBytes, ValueFacts } from './onnxruntime/values.ts';
import { RequestWait } from './request-wait.ts';
import { RunQueue } from './run-queue.ts';
import { TrialAnswer, type TrialQuestion } from './trial-answer.ts';
import { SpanLog } from '../telemetry/span-log.ts';
import { digestOf } from './trial-verdicts.ts';

/** An input of a run, in the graph's element type. */
export interface RunInput {
  name: string;
  dimensions: readonly number[];
  /** Read in place: they must not change or move before the run has ended. */
  bytes: Uint8Array | NativeBytes;
}

/** An output of a run, which stays in native memory until it is released. */
export interface NativeTensor extends ValueFacts {
  name: string;
  cell: number;
}

export class GuestEngine {
  readonly wait: RequestWait;
  readonly #cell: GuestCell;
  readonly #queue: RunQueue;
  readonly #connection: EngineConnection;
  readonly #askTrial: (question: TrialQuestion) => void;
  readonly #ports = new WeakMap<GraphFacts, NativePorts>();
  #opened: { runtime: OnnxRuntime; handles: NativeHandles } | undefined;
  #loads = 0;
  /** Arrays that native code reads during a run: V8 may collect a local variable before its last native use. */
  readonly #inUse = new Set<unknown>();
  /** Spans of this call: waiting for a run slot, and runs. */
  readonly spans = new SpanLog();

  /** @param askTrial asks the main thread to try a graph; it wakes this thread with the answer */
  constructor(connection: EngineConnection, askTrial: (question: TrialQuestion) => void) {
    this.#askTrial = askTrial;
    this.#connection = connection;
    this.#cell = new GuestCell(connection.cell);
    this.#queue = new RunQueue(connection.queue);
    this.wait = new RequestWait(this.#cell);
  }

  /** Opens ONNX Runtime on this thread ahead of the first run, which takes a few milliseconds. */
  attach(): void {
    if (this.#connection.runtime !== undefined) this.#open();
  }

  /** @param deadline on the {@link monotonicMs} clock */
  begin(callId: number, deadline: number, long: boolean): void {
    this.wait.begin(callId, deadline, long);
    this.#opened?.runtime.revive(this.#connection.runOptions);
    this.spans.take();
  }

  /** Releases what the request still holds. */
  end(): void {
    this.#opened?.handles.releaseKept();
  }

  /**
   * Loads a graph for the current request alone.
   *
   * @throws EngineError `invalid-encoding`, `unsupported-operation`, `security`, `too-large`, `timeout`; RequestCancelled
   */
  load(model: Uint8Array): GraphReference {
    const { runtime, handles } = this.#open();
    const { facts } = inspectGraph(model, { bare: false });
    // Always: the bytes come from the guest.
    this.#awaitTrial(model);
    const key = `loaded-${++this.#loads}`;
    return this.#inSlot(key, () => {
      const session = handles.keepSession((cell) => runtime.loadHere(model, { threads: 1 }, cell));
      const loaded = new SharedArrayBuffer(4);
      new Int32Array(loaded)[0] = 1;
      return { key, facts, native: { session, multiThreadedSession: undefined, loaded } };
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
    const { handles } = this.#open();
    const count = inputs.length + outputs.length;
    handles.assertRunValues(count);
    return this.#inSlot(graph.key, (alone) => {
      try {
        this.#runSession(graph, alone, inputs, outputs);
        return outputs.map((name, index) => this.#keep(name, inputs.length + index));
      } catch (error) {
        throw this.#refusalOf(error);
      } finally {
        handles.useSession(0n);
        handles.releaseRun(count);
        this.#inUse.clear();
      }
    });
  }

  /** A copy of an output's elements. The tensor must not have been released. */
  read(tensor: NativeTensor): Uint8Array<ArrayBuffer> {
    const { runtime, handles } = this.#open();
    return runtime.values.read(handles.kept(tensor.cell), tensor);
  }

  /** An output's elements as the input of another run. */
  bytesOf(tensor: NativeTensor): NativeBytes {
    const { runtime, handles } = this.#open();
    return { address: runtime.values.dataOf(handles.kept(tensor.cell)), byteLength: tensor.byteLength };
  }

  release(tensor: NativeTensor): void {
    this.#opened?.handles.release(tensor.cell);
  }

  #runSession(
    graph: GraphReference,
    alone: boolean,
    inputs: readonly RunInput[],
    outputs: readonly string[],
  ): void {
    const { runtime, handles } = this.#open();
    const { native, values } = runtime;
    const { session, multiThreadedSession, loaded } = graph.native;
    const chosen = alone ? (multiThreadedSession ?? session) : session;
    handles.useSession(chosen);
    if (Atomics.load(new Int32Array(loaded), 0) !== 1)
      throw new EngineError('not-found', 'The graph is no longer loaded.');
    const ports = this.#portsOf(graph.facts);
    const data = inputs.map(({ name, dimensions, bytes }) => {
      const elementType = ports.elementTypeOf(name);
      if (elementType === BOOL.number)
        assertBooleans(name, 'address' in bytes ? native.bytesAt(bytes.address, bytes.byteLength) : bytes);
      return { dimensions, elementType, bytes: 'address' in bytes ? bytes : aligned(bytes) };
    });
    const start = native.addressOf(ports.names);
    const names = new BigUint64Array(new ArrayBuffer(8 * (inputs.length + outputs.length)));
    for (const [index, name] of [...inputs.map((input) => input.name), ...outputs].entries())
      names[index] = start + BigInt(ports.offsetOf(name));
    this.#inUse.add(data).add(names);
    for (const [index, tensor] of data.entries()) values.create(tensor, handles.runCellAddress(index));
    const [inputNames, inputValues, outputValues] = [
      native.addressOf(names),
      handles.runCellAddress(0),
      handles.runCellAddress(inputs.length),
    ];
    const outputNames = inputNames + BigInt(8 * inputs.length);
    const { runOptions } = this.#connection;
    native.check(
      native.call.Run(
        chosen,
        runOptions,
        inputNames,
        inputValues,
        inputs.length,
        outputNames,
        outputs.length,
        outputValues,
      ),
    );
  }

  #keep(name: string, index: number): NativeTensor {
    const { runtime, handles } = this.#open();
    const facts = runtime.values.facts(handles.runValue(index));
    return { name, ...facts, cell: handles.keep(index) };
  }

  /** @throws EngineError `timeout`, `too-large`, `invalid-encoding`; RequestCancelled */
  #awaitTrial(model: Uint8Array): void {
    const answer = new TrialAnswer(TrialAnswer.allocate());
    const started = monotonicMs();
    this.#cell.startWaiting();
    try {
      this.#askTrial({ model: model.slice(), digest: digestOf(model), answer: answer.shared });
      for (;;) {
        const { pulse } = this.wait;
        if (answer.isSettled) return;
        if (monotonicMs() >= this.wait.deadline) throw overdue();
        this.wait.sleep(pulse, this.wait.deadline);
      }
    } finally {
      this.#cell.stopWaiting();
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
    this.#cell.startWaiting();
    let begun: number | undefined;
    let waited = true;
    try {
      waited = this.#awaitSlot(slot);
      this.#cell.stopWaiting();
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

  /** @returns whether it had to wait */
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

  #refusalOf(error: unknown): unknown {
    // A run that was stopped failed for that reason, whatever ONNX Runtime says.
    this.wait.assertWanted();
    return error instanceof NativeFailure ? refusalOfRun(error.message) : error;
  }

  #portsOf(facts: GraphFacts): NativePorts {
    const known = this.#ports.get(facts);
    if (known !== undefined) return known;
    const ports = new NativePorts([...facts.inputs, ...facts.outputs]);
    this.#ports.set(facts, ports);
    return ports;
  }

  #open(): { runtime: OnnxRuntime; handles: NativeHandles } {
    if (this.#opened !== undefined) return this.#opened;
    const { runtime: handle, handles, runOptions } = this.#connection;
    if (handle === undefined) throw new EngineError('unsupported-operation', 'There is no engine here.');
    const runtime = OnnxRuntime.attach(handle);
    runtime.revive(runOptions);
    this.#opened = { runtime, handles: new NativeHandles(handles, runtime) };
    return this.#opened;
  }
}

/** @throws EngineError `invalid-argument` */
function assertBooleans(name: string, bytes: Uint8Array): void {
  if (!bytes.some((value) => value > 1)) return;
  throw new EngineError(
    'invalid-argument',
    `Input "${name}" is BOOL, each element a byte of 0 or 1, and has another value.`,
  );
}

const LARGEST_ELEMENT = 8;

/** Kernels read elements at their own alignment. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % LARGEST_ELEMENT === 0 ? bytes : bytes.slice();
}

function overdue(): EngineError {
  return new EngineError('timeout', 'The deadline of the request has passed.');
}
