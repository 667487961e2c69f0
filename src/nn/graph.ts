/** wasi:nn's `graph` and `graph-execution-context`: a compute from its inputs' check to its outputs' handles. */
import { EngineRefusal } from '../bridge/engine-link.ts';
import type { GraphReference, InputFrame } from '../bridge/protocol.ts';
import { checkInputs, type NamedTensor } from './check-inputs.ts';
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

  constructor(home: TensorHome, graph: GraphReference) {
    home.meter.addResource();
    this.#home = home;
    this.#graph = graph;
  }

  /**
   * Runs the graph. The inputs are the host's from here on and void afterwards, whatever the outcome.
   *
   * @returns every output of the graph, in the graph's order
   * @throws NnFailure
   */
  compute(inputs: readonly NamedTensor[]): NamedTensor[] {
    const { link, meter } = this.#home;
    try {
      meter.addCompute();
      checkInputs(this.#graph.facts, inputs);
      const { engine, wide } = this.#choosePlace(inputs);
      const frames = inputs.map(([name, tensor]) => this.#moveTo(engine, name, tensor));
      const { outputs } = link.compute(engine, {
        graph: this.#graph.key,
        wide,
        inputs: frames,
        outputBytes: meter.remainingBytes,
      });
      return outputs.map((output) => [output.name, NnTensor.fromOutput(this.#home, engine, output)]);
    } catch (error) {
      throw error instanceof EngineRefusal ? new NnFailure(error.code, error.message) : error;
    } finally {
      for (const [, tensor] of inputs) tensor[Symbol.dispose]();
    }
  }

  /**
   * Where the most bytes already are; otherwise the engine thread with the least to do. When none has
   * anything to do, the first one may use every core for this run.
   */
  #choosePlace(inputs: readonly NamedTensor[]): { engine: number; wide: boolean } {
    const { engine: free, idle } = this.#home.link.leastLoaded();
    if (this.#graph.engine !== undefined) return { engine: this.#graph.engine, wide: false };
    const bytesAt = new Map<number, number>();
    for (const [, { place, byteLength }] of inputs) {
      if (place.at === 'engine') bytesAt.set(place.engine, (bytesAt.get(place.engine) ?? 0) + byteLength);
    }
    const [resident] = [...bytesAt].toSorted(([, a], [, b]) => b - a);
    const engine = resident === undefined ? free : resident[0];
    return { engine, wide: idle && engine === 0 && this.#graph.wide === true };
  }

  #moveTo(engine: number, name: string, tensor: NnTensor): InputFrame {
    if (tensor.place.at === 'engine' && tensor.place.engine !== engine) tensor.data();
    const [dimensions, type] = [tensor.shape, tensor.ty()];
    const place = tensor.take();
    if (place.at === 'engine') return { name, handle: place.handle };
    if (place.at === 'guest') return { name, type, dimensions, bytes: place.bytes };
    throw new NnFailure('invalid-argument', `Input "${name}" was consumed by an earlier compute.`);
  }

  [Symbol.dispose](): void {
    this.#home.meter.removeResource();
  }
}
