import type { NnErrorCode } from '../../src/engine/engine-error.ts';
import type { TensorType } from '../../src/element-types.ts';
import { inspectModel } from '../support/inspect-model.ts';
import { CoreBench, FREE, type CoreOptions, type CoreSession } from '../support/core-probe.ts';
import { flatten, type Outcome, type Script, type Step } from '../support/guest-script.ts';

/** Scripts of the probe guest, as calls of a core ABI: handles, tensors and names are kept on this side. */

/** How a core ABI lays out what it is called with. */
export interface CoreLayout {
  module: string;
  /** Numbers of the tensor types. */
  types: readonly TensorType[];
  load(session: CoreSession, memory: Memory, graph: CoreGraph): Promise<number>;
  tensor(memory: Memory, tensor: CoreTensor): number;
  /** Reads an output, or gives the errno. */
  output(session: CoreSession, memory: Memory, context: number, index: number): Promise<number | Uint8Array>;
  /** Whether graphs and contexts can be closed. */
  closes: boolean;
}

export interface CoreGraph {
  builders: readonly Uint8Array[];
  /** Encoding and target. */
  numbers: readonly number[];
  /** Where the handle goes. */
  out: number;
}

export interface CoreTensor {
  dimensions: Uint32Array;
  number: number;
  data: Uint8Array;
}

const ENCODINGS = ['openvino', 'onnx', 'tensorflow', 'pytorch', 'tensorflowlite', 'autodetect'];
const TARGETS = ['cpu', 'gpu', 'tpu'];

const CODES: readonly (NnErrorCode | undefined)[] = [
  undefined,
  'invalid-argument',
  'invalid-encoding',
  undefined,
  undefined,
  'runtime-error',
];

/** No handle has this number. */
const NO_HANDLE = 0x0fff_ffff;
const OUTPUT_BYTES = 4_096;

/** Hands out the module's memory, and writes into it. */
export class Memory {
  readonly #session: CoreSession;
  #next = FREE;

  constructor(session: CoreSession) {
    this.#session = session;
  }

  room(size: number): number {
    const at = this.#next;
    this.#next += (size + 15) & ~7;
    return at;
  }

  put(bytes: Uint8Array): number {
    const at = this.room(bytes.byteLength);
    this.#session.poke(at, bytes);
    return at;
  }

  words(...values: number[]): number {
    return this.put(new Uint8Array(Uint32Array.from(values).buffer));
  }

  text(value: string): [at: number, length: number] {
    const bytes = new TextEncoder().encode(value);
    return [this.put(bytes), bytes.byteLength];
  }
}

/** For all test files of the process, to its end. */
let bench: CoreBench | undefined;

export async function withCore<Result>(
  options: CoreOptions,
  talk: (session: CoreSession) => Promise<Result>,
): Promise<Result> {
  return (bench ??= new CoreBench()).with(options, talk);
}

export async function runCoreScript(
  layout: CoreLayout,
  script: Script,
  options: CoreOptions,
): Promise<Outcome[]> {
  return withCore(options, async (session) => {
    const request = new CoreRequest(layout, session, options.graphs ?? {});
    const outcomes: Outcome[] = [];
    for (const step of flatten(script)) outcomes.push(await request.perform(step));
    return outcomes;
  });
}

class CoreRequest {
  readonly #layout: CoreLayout;
  readonly #session: CoreSession;
  readonly #memory: Memory;
  readonly #named: Readonly<Record<string, Uint8Array>>;
  readonly #handles = new Map<string, number>();
  readonly #models = new Map<string, Uint8Array | undefined>();
  readonly #tensors = new Map<string, CoreTensor>();
  readonly #outputs = new Map<string, Uint8Array>();

  constructor(layout: CoreLayout, session: CoreSession, named: Readonly<Record<string, Uint8Array>>) {
    this.#layout = layout;
    this.#session = session;
    this.#named = named;
    this.#memory = new Memory(session);
  }

  async perform(step: Step): Promise<Outcome> {
    const { module, types, closes } = this.#layout;
    switch (step.tag) {
      case 'new-tensor': {
        const { into, dimensions, ty, data } = step.val;
        this.#tensors.set(into, { dimensions, number: types.indexOf(ty), data });
        return { tag: 'done' };
      }
      case 'load-by-name': {
        this.#models.set(step.val.into, this.#named[step.val.name]);
        const [name, length] = this.#memory.text(step.val.name);
        return this.#keep(step.val.into, (out) =>
          this.#session.call(`${module}.load_by_name`, name, length, out),
        );
      }
      case 'load': {
        const { into, builders, encoding, target } = step.val;
        this.#models.set(into, builders[0]);
        const numbers = [ENCODINGS.indexOf(encoding), TARGETS.indexOf(target)];
        return this.#keep(into, async (out) =>
          this.#layout.load(this.#session, this.#memory, { builders, numbers, out }),
        );
      }
      case 'init': {
        this.#models.set(step.val.into, this.#models.get(step.val.graph));
        const graph = this.#handle(step.val.graph);
        return this.#keep(step.val.into, (out) =>
          this.#session.call(`${module}.init_execution_context`, graph, out),
        );
      }
      case 'compute':
        return this.#compute(step.val);
      case 'get-output': {
        const { into, ctx, output } = step.val;
        const model = this.#models.get(ctx);
        const names = model === undefined ? [] : inspectModel(model).outputs.map(({ name }) => name);
        return this.#fetch(into, this.#handle(ctx), names.indexOf(output));
      }
      case 'data':
        return { tag: 'data', val: this.#outputs.get(step.val) ?? new Uint8Array() };
      // Not told: the suite does not look at these two.
      case 'ty':
        return { tag: 'ty', val: 'U8' };
      case 'dimensions':
        return { tag: 'dimensions', val: new Uint32Array() };
      case 'drop-graph':
        return outcomeOf(closes ? await this.#session.call(`${module}.unload`, this.#handle(step.val)) : 0);
      case 'drop-context':
        return outcomeOf(
          closes
            ? await this.#session.call(`${module}.finalize_execution_context`, this.#handle(step.val))
            : 0,
        );
      default:
        throw new Error(`a core ABI has no ${step.tag}`);
    }
  }

  async #compute({ into, ctx, inputs }: Extract<Step, { tag: 'compute' }>['val']): Promise<Outcome> {
    const { module } = this.#layout;
    const context = this.#handle(ctx);
    const model = this.#models.get(ctx);
    const facts = model === undefined ? { inputs: [], outputs: [] } : inspectModel(model);
    for (const [name, tensorName] of inputs) {
      const tensor = this.#tensors.get(tensorName);
      if (tensor === undefined) throw new Error(`there is no tensor ${tensorName}`);
      const found = facts.inputs.findIndex((port) => port.name === name);
      const index = found >= 0 ? found : /^\d+$/.test(name) ? Number(name) : 99;
      const start = this.#memory.room(0);
      const record = this.#layout.tensor(this.#memory, tensor);
      const set = await this.#session.call(`${module}.set_input`, context, index, record);
      if (set !== 0) return outcomeOf(set);
      // A tensor was copied when it was set: what a guest then writes over it changes nothing.
      this.#session.poke(start, new Uint8Array(this.#memory.room(0) - start).fill(0xa5));
    }
    const computed = await this.#session.call(`${module}.compute`, context);
    if (computed !== 0) return outcomeOf(computed);
    const names = facts.outputs.map(({ name }) => name);
    for (const [index, name] of names.entries()) {
      const fetched = await this.#fetch(into + name, context, index);
      if (fetched.tag === 'failed') return fetched;
    }
    return { tag: 'outputs', val: names };
  }

  async #fetch(into: string, context: number, index: number): Promise<Outcome> {
    const bytes = await this.#layout.output(this.#session, this.#memory, context, index);
    if (typeof bytes === 'number') return outcomeOf(bytes);
    this.#outputs.set(into, bytes);
    return { tag: 'done' };
  }

  async #keep(into: string, call: (out: number) => Promise<number>): Promise<Outcome> {
    const out = this.#memory.words(NO_HANDLE);
    const errno = await call(out);
    if (errno === 0) this.#handles.set(into, await wordAt(this.#session, out));
    return outcomeOf(errno);
  }

  #handle(name: string): number {
    return this.#handles.get(name) ?? NO_HANDLE;
  }
}

function outcomeOf(errno: number): Outcome {
  if (errno === 0) return { tag: 'done' };
  const code = CODES[errno];
  if (code === undefined) throw new Error(`errno ${errno} is none that a call should give here`);
  return { tag: 'failed', val: { code, message: '' } };
}

export async function wordAt(session: CoreSession, at: number): Promise<number> {
  const bytes = await session.peek(at, 4);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

function builderArray(memory: Memory, builders: readonly Uint8Array[]): number {
  return memory.words(...builders.flatMap((builder) => [memory.put(builder), builder.byteLength]));
}

/** wasi_ephemeral_nn, with one of its numberings of tensor types. */
export function ephemeralLayout(types: readonly TensorType[]): CoreLayout {
  return {
    module: 'wasi_ephemeral_nn',
    types,
    closes: true,
    load: async (session, memory, { builders, numbers, out }) =>
      session.call(
        'wasi_ephemeral_nn.load',
        builderArray(memory, builders),
        builders.length,
        ...numbers,
        out,
      ),
    tensor(memory, { dimensions, number, data }) {
      const dims = memory.words(...dimensions);
      return memory.words(dims, dimensions.length, number, memory.put(data), data.byteLength);
    },
    async output(session, memory, context, index) {
      const [buffer, written] = [memory.room(OUTPUT_BYTES), memory.words(0)];
      const errno = await session.call(
        'wasi_ephemeral_nn.get_output',
        context,
        index,
        buffer,
        OUTPUT_BYTES,
        written,
      );
      return errno === 0 ? session.peek(buffer, await wordAt(session, written)) : errno;
    },
  };
}

/** WAMR's wasi_nn. */
export const WAMR_LAYOUT: CoreLayout = {
  module: 'wasi_nn',
  types: ['FP16', 'FP32', 'U8', 'I32'],
  closes: false,
  load: async (session, memory, { builders, numbers, out }) =>
    session.call(
      'wasi_nn.load',
      memory.words(builderArray(memory, builders), builders.length),
      ...numbers,
      out,
    ),
  tensor(memory, { dimensions, number, data }) {
    const dims = memory.words(memory.words(...dimensions), dimensions.length);
    return memory.words(dims, number, memory.put(data));
  },
  async output(session, memory, context, index) {
    const [buffer, size] = [memory.room(OUTPUT_BYTES), memory.words(OUTPUT_BYTES)];
    const errno = await session.call('wasi_nn.get_output', context, index, buffer, size);
    return errno === 0 ? session.peek(buffer, await wordAt(session, size)) : errno;
  },
};
