/** wasi:nn's `graph` and `graph-execution-context`: a compute, from checking its inputs to its outputs. */
import { EngineError } from '../engine/engine-error.ts';
import type { GraphFacts } from '../engine/graph-facts.ts';
import type { NativeTensor } from '../engine/guest-engine.ts';
import type { GraphReference } from '../engine/native-graph.ts';
import { checkGraphInputs, checkNamed, withGraphNames, type NamedTensor } from './check-graph-inputs.ts';
import { NnFailure } from './nn-error.ts';
import { NnTensor, type TensorHome } from './tensor.ts';

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
  /** Inputs that every compute uses unless it is given others of the same name. */
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
   * Binds inputs for every later compute. The context takes ownership of the tensors, whatever the outcome.
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
   * Runs the graph. The inputs are consumed, whatever the outcome.
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
      checkGraphInputs(this.facts, all);
      const outputs = this.#run(all);
      // Released before the outputs are counted against the limits.
      for (const [, tensor] of inputs) tensor[Symbol.dispose]();
      return this.#receive(outputs);
    } catch (error) {
      throw error instanceof EngineError ? new NnFailure(error.code, error.message) : error;
    } finally {
      for (const [, tensor] of inputs) tensor[Symbol.dispose]();
    }
  }

  #run(inputs: readonly NamedTensor[]): NativeTensor[] {
    const { facts } = this;
    const ranks = new Map(facts.inputs.map(({ name, dimensions }) => [name, dimensions?.length]));
    return this.#home.engine.run(
      this.#graph,
      inputs.map(([name, tensor]) => tensor.asInput(name, ranks.get(name))),
      facts.outputs.map(({ name }) => name),
    );
  }

  /** Takes all outputs or none: if one is over a limit, the others are released too. */
  #receive(outputs: readonly NativeTensor[]): NamedTensor[] {
    const tensors: NamedTensor[] = [];
    try {
      for (const [index, output] of outputs.entries()) {
        const type = this.facts.outputs[index]?.type ?? 'U8';
        tensors.push([output.name, NnTensor.fromOutput(this.#home, type, output)]);
      }
      return tensors;
    } catch (error) {
      for (const [, tensor] of tensors) tensor[Symbol.dispose]();
      for (const output of outputs.slice(tensors.length)) this.#home.engine.release(output);
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const tensor of this.#bound.values()) tensor[Symbol.dispose]();
    this.#home.meter.removeResource();
  }
}
