/** Runs sessions on one guest thread: a graph's tensors in the form that `Run` of the C API takes. */
import { BOOL, elementTypeNumber } from '../../../element-types.ts';
import { EngineError } from '../../engine-error.ts';
import type { GraphFacts, PortFacts } from '../../graph-facts.ts';
import type { RunInput } from '../../native-graph.ts';
import type { NativeHandles } from '../../native-handles.ts';
import type { Address } from './c-api.ts';
import { NativeFailure } from './native.ts';
import { toRunError } from './runtime-errors.ts';
import type { OnnxRuntime } from './runtime.ts';

export class SessionRuns {
  readonly #runtime: OnnxRuntime;
  readonly #handles: NativeHandles;
  readonly #runOptions: Address;
  readonly #ports = new WeakMap<GraphFacts, NativePorts>();
  /** Arrays that native code reads during a run: V8 may collect a local variable before its last native use. */
  readonly #inUse = new Set<unknown>();

  constructor(runtime: OnnxRuntime, handles: NativeHandles, runOptions: Address) {
    this.#runtime = runtime;
    this.#handles = handles;
    this.#runOptions = runOptions;
  }

  /**
   * Leaves the values of inputs and then of outputs in the cells of the run.
   *
   * @throws EngineError `invalid-argument`, `timeout`, `too-large`, `runtime-error`
   */
  run(session: Address, facts: GraphFacts, inputs: readonly RunInput[], outputs: readonly string[]): void {
    try {
      this.#run(session, facts, inputs, outputs);
    } catch (error) {
      throw error instanceof NativeFailure ? toRunError(error.message) : error;
    } finally {
      this.#inUse.clear();
    }
  }

  #run(session: Address, facts: GraphFacts, inputs: readonly RunInput[], outputs: readonly string[]): void {
    const { native, values } = this.#runtime;
    const handles = this.#handles;
    const ports = this.#portsOf(facts);
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
    const inputNames = native.addressOf(names);
    native.check(
      native.call.Run(
        session,
        this.#runOptions,
        inputNames,
        handles.runCellAddress(0),
        inputs.length,
        inputNames + BigInt(8 * inputs.length),
        outputs.length,
        handles.runCellAddress(inputs.length),
      ),
    );
  }

  #portsOf(facts: GraphFacts): NativePorts {
    const known = this.#ports.get(facts);
    if (known !== undefined) return known;
    const ports = new NativePorts([...facts.inputs, ...facts.outputs]);
    this.#ports.set(facts, ports);
    return ports;
  }
}

class NativePorts {
  readonly #names: Buffer;
  readonly #ports = new Map<string, { offset: number; elementType: number }>();

  constructor(ports: readonly PortFacts[]) {
    this.#names = Buffer.from(ports.map(({ name }) => `${name}\0`).join(''));
    let offset = 0;
    for (const { name, elementType } of ports) {
      this.#ports.set(name, { offset, elementType: elementTypeNumber(elementType) });
      offset += Buffer.byteLength(name) + 1;
    }
  }

  /** NUL-terminated names, one after the other. */
  get names(): Uint8Array {
    return this.#names;
  }

  offsetOf(name: string): number {
    return this.#find(name).offset;
  }

  /** `TensorProto.DataType`. */
  elementTypeOf(name: string): number {
    return this.#find(name).elementType;
  }

  #find(name: string): { offset: number; elementType: number } {
    const port = this.#ports.get(name);
    if (port === undefined) throw new RangeError(`The graph has no input or output "${name}".`);
    return port;
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

const MAX_ELEMENT_BYTES = 8;

/** Kernels read elements at their own alignment. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % MAX_ELEMENT_BYTES === 0 ? bytes : bytes.slice();
}
