/** wasi:nn's `graph` and `graph-execution-context`: a compute from its inputs' check to its outputs' handles. */
import { EngineRefusal } from '../bridge/engine-link.ts';
import type {
  GraphFacts,
  GraphReference,
  InputFrame,
  KeptFrame,
  OutputFrame,
  TensorType,
} from '../bridge/protocol.ts';
import { checkInputs, checkNamed, withGraphNames, type NamedTensor } from './check-inputs.ts';
import { NnFailure } from './nn-error.ts';
import { NnTensor, type Place, type TensorHome } from './tensor.ts';

export class NnGraph {
  readonly #home: TensorHome;
  readonly #reference: GraphReference;

  constructor(home: TensorHome, reference: GraphReference) {
    home.meter.addResource();
    this.#home = home;
    this.#reference = reference;
  }

  get facts(): GraphFacts {
    return this.#reference.facts;
  }

  initExecutionContext(): NnContext {
    return new NnContext(this.#home, this.#reference);
  }

  [Symbol.dispose](): void {
    this.#home.meter.removeResource();
  }
}

export class NnContext {
  readonly #home: TensorHome;
  readonly #graph: GraphReference;
  /** Inputs that every compute takes unless it names its own. */
  readonly #bound = new Map<string, NnTensor>();

  constructor(home: TensorHome, graph: GraphReference) {
    home.meter.addResource();
    this.#home = home;
    this.#graph = graph;
  }

  get facts(): GraphFacts {
    return this.#graph.facts;
  }

  /**
   * Gives inputs to this and every later compute. The tensors are the context's, whatever the outcome.
   *
   * @throws NnFailure
   */
  bind(inputs: readonly NamedTensor[]): void {
    try {
      const named = withGraphNames(this.facts, inputs);
      checkNamed(this.facts, named);
      for (const [name, tensor] of named) {
        this.#bound.get(name)?.[Symbol.dispose]();
        this.#bound.set(name, tensor);
      }
    } catch (error) {
      for (const [, tensor] of inputs) tensor[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Runs the graph. The inputs are the host's from here on and void afterwards, whatever the outcome.
   *
   * @returns every output of the graph, in the graph's order
   * @throws NnFailure
   */
  compute(given: readonly NamedTensor[]): NamedTensor[] {
    const { meter } = this.#home;
    const inputs = withGraphNames(this.facts, given);
    try {
      meter.addCompute();
      const named = new Set(inputs.map(([name]) => name));
      const bound = [...this.#bound].filter(([name]) => !named.has(name));
      const all = [...inputs, ...bound];
      checkInputs(this.facts, all);
      const { engine, wide } = this.#choosePlace(all);
      const frames = [
        ...inputs.map(([name, tensor]) => this.#moveTo(engine, name, tensor)),
        ...bound.map(([name, tensor]) => this.#lendTo(engine, name, tensor)),
      ];
      return this.#receive(engine, this.#run(engine, wide, frames));
    } catch (error) {
      throw error instanceof EngineRefusal ? new NnFailure(error.code, error.message) : error;
    } finally {
      for (const [, tensor] of inputs) tensor[Symbol.dispose]();
    }
  }

  #run(engine: number, wide: boolean, inputs: readonly InputFrame[]): readonly OutputFrame[] {
    const { link, meter } = this.#home;
    const graph = this.#graph.key;
    const eager = link.habits.of(graph);
    const body = { graph, wide, inputs, outputBytes: meter.remainingBytes, eager };
    try {
      const { outputs, kept } = link.compute(engine, body);
      this.#settle(engine, kept);
      return outputs;
    } catch (error) {
      if (error instanceof EngineRefusal) this.#settle(engine, error.kept);
      throw error;
    }
  }

  /** Bound inputs whose bytes went along live on the engine thread from now on. */
  #settle(engine: number, kept: readonly KeptFrame[]): void {
    for (const { name, handle } of kept) this.#bound.get(name)?.settle(engine, handle);
  }

  /** All outputs or none: where one is over a limit, the others are freed too. */
  #receive(engine: number, outputs: readonly OutputFrame[]): NamedTensor[] {
    const tensors: NamedTensor[] = [];
    try {
      for (const output of outputs) {
        tensors.push([output.name, NnTensor.fromOutput(this.#home, engine, this.#graph.key, output)]);
      }
      return tensors;
    } catch (error) {
      for (const [, tensor] of tensors) tensor[Symbol.dispose]();
      for (const { handle } of outputs.slice(tensors.length)) this.#home.link.drop(engine, handle);
      throw error;
    }
  }

  /**
   * Of the engine threads that hold the graph, the one where the most bytes already are; otherwise the one
   * with the least to do. When none has anything to do, the first may use every core for this run.
   */
  #choosePlace(inputs: readonly NamedTensor[]): { engine: number; wide: boolean } {
    const holders = new Int32Array(this.#graph.holders);
    const holds = (engine: number) => engine < holders.length && Atomics.load(holders, engine) === 1;
    const { engine: free, idle } = this.#home.link.leastLoaded(holds);
    const bytesAt = new Map<number, number>();
    for (const [, { place, byteLength }] of inputs) {
      if (place.at !== 'engine' || !holds(place.engine)) continue;
      bytesAt.set(place.engine, (bytesAt.get(place.engine) ?? 0) + byteLength);
    }
    const [resident] = [...bytesAt].toSorted(([, a], [, b]) => b - a);
    const engine = resident === undefined ? free : resident[0];
    return { engine, wide: idle && engine === 0 && this.#graph.wide === true };
  }

  #moveTo(engine: number, name: string, tensor: NnTensor): InputFrame {
    tensor.notePassedOn();
    if (tensor.place.at === 'engine' && tensor.place.engine !== engine) tensor.data();
    const [dimensions, type] = [tensor.shape, tensor.ty()];
    return frameOf(name, tensor.take(), { dimensions, type, kept: false });
  }

  /** As {@link #moveTo}, and the tensor stays the context's, at its new place. */
  #lendTo(engine: number, name: string, tensor: NnTensor): InputFrame {
    tensor.notePassedOn();
    if (tensor.place.at === 'engine' && tensor.place.engine !== engine) tensor.data();
    return frameOf(name, tensor.place, { dimensions: tensor.shape, type: tensor.ty(), kept: true });
  }

  [Symbol.dispose](): void {
    for (const tensor of this.#bound.values()) tensor[Symbol.dispose]();
    this.#home.meter.removeResource();
  }
}

function frameOf(
  name: string,
  place: Place,
  { dimensions, type, kept }: { dimensions: readonly number[]; type: TensorType; kept: boolean },
): InputFrame {
  if (place.at === 'engine') return { name, kept, handle: place.handle };
  // Bytes that a run took along whose answer never came are gone.
  if (place.at === 'guest' && !(place.bytes.buffer as ArrayBuffer).detached) {
    const bytes = place.shared === true ? place.bytes.slice() : place.bytes;
    return { name, kept, type, dimensions, bytes };
  }
  throw new NnFailure('invalid-argument', `Input "${name}" was consumed by an earlier compute.`);
}
