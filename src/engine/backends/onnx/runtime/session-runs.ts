/** Runs sessions on one thread: a graph's tensors in the form that `Run` of the C API takes. */
import { BOOL, elementTypeNumber } from '../../../../element-types.ts';
import { EngineError } from '../../../engine-error.ts';
import type { GraphFacts } from '../../../graph-facts.ts';
import { addressOf, type Argument } from '../../../native/koffi.ts';
import type { NativeRun } from '../../../runtime.ts';
import { assertHarmless } from './assert-harmless.ts';
import { NativeFailure, type Native } from './native.ts';
import { toRunError } from './runtime-errors.ts';
import type { Values } from './values.ts';

export class SessionRuns {
  readonly #native: Native;
  readonly #values: Values;
  readonly #ports = new WeakMap<GraphFacts, NativePorts>();
  /** Arrays that native code reads during a run: V8 may collect a local variable before its last native use. */
  readonly #inUse = new Set<unknown>();

  constructor(native: Native, values: Values) {
    this.#native = native;
    this.#values = values;
  }

  run(run: NativeRun): void {
    const { call } = this.#native;
    try {
      const args = this.#arguments(run);
      this.#inUse.add(args);
      this.#native.check(call.Run(...args));
    } catch (error) {
      throw error instanceof NativeFailure ? toRunError(error.message) : error;
    } finally {
      this.#inUse.clear();
    }
  }

  /** Runs on a thread of libuv's pool. Nothing else may be run from here meanwhile. */
  async runLater(run: NativeRun): Promise<void> {
    try {
      await this.#native.checkLater(this.#native.call.Run, ...this.#arguments(run));
    } finally {
      this.#inUse.clear();
    }
  }

  #arguments({ session, runOptions, facts, inputs, outputs, cells }: NativeRun): Argument[] {
    const ports = this.#portsOf(facts);
    const data = inputs.map(({ name, dimensions, bytes }) => {
      const { elementType, rankIsStated } = ports.find(name);
      if (elementType === BOOL.number) assertBooleans(name, this.#native.bytesOf(bytes));
      const read = (): Uint8Array => this.#native.bytesOf(bytes);
      assertHarmless(facts.fatal, { name, dimensions, elementType, rankIsStated, read });
      return { dimensions, elementType, bytes: ArrayBuffer.isView(bytes) ? aligned(bytes) : bytes };
    });
    const start = addressOf(ports.names);
    const names = new BigUint64Array(new ArrayBuffer(8 * (inputs.length + outputs.length)));
    for (const [index, name] of [...inputs.map((input) => input.name), ...outputs].entries())
      names[index] = start + BigInt(ports.find(name).offset);
    this.#inUse.add(data);
    for (const [index, tensor] of data.entries()) this.#values.create(tensor, cells + BigInt(8 * index));
    const [inputCount, outputCount] = [inputs.length, outputs.length];
    const [outputNames, outputCells] = [names.subarray(inputCount), cells + BigInt(8 * inputCount)];
    return [session, runOptions, names, cells, inputCount, outputNames, outputCount, outputCells];
  }

  #portsOf(facts: GraphFacts): NativePorts {
    let ports = this.#ports.get(facts);
    if (ports === undefined) this.#ports.set(facts, (ports = nativePorts(facts)));
    return ports;
  }
}

interface NativePorts {
  /** NUL-terminated names, one after the other. */
  names: Uint8Array;
  /** @param name of an input or output of the graph */
  find: (name: string) => NativePort;
}

interface NativePort {
  offset: number;
  /** `TensorProto.DataType` */
  elementType: number;
  /** Whether the graph states how many dimensions it has. */
  rankIsStated: boolean;
}

function nativePorts({ inputs, outputs }: GraphFacts): NativePorts {
  const all = [...inputs, ...outputs];
  const ports = new Map<string, NativePort>();
  let offset = 0;
  for (const { name, elementType, dimensions } of all) {
    const rankIsStated = dimensions !== undefined;
    ports.set(name, { offset, elementType: elementTypeNumber(elementType), rankIsStated });
    offset += Buffer.byteLength(name) + 1;
  }
  return {
    names: Buffer.from(all.map(({ name }) => `${name}\0`).join('')),
    find: (name) => {
      const port = ports.get(name);
      if (port === undefined) throw new RangeError(`The graph has no input or output "${name}".`);
      return port;
    },
  };
}

/** @throws EngineError `invalid-argument` */
function assertBooleans(name: string, bytes: Uint8Array): void {
  if (!bytes.some((value) => value > 1)) return;
  throw new EngineError(
    'invalid-argument',
    `Input "${name}" is BOOL, each element a byte of 0 or 1, and has another value.`,
  );
}

const MAX_ELEMENT_BYTES = 8;

/** Kernels read elements at their own alignment. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % MAX_ELEMENT_BYTES === 0 ? bytes : bytes.slice();
}
