/** Operators of which each element of an output comes of one element of each input. */
const PLAIN: ReadonlySet<string> = new Set(
  'Identity Add Sub Mul Neg Relu'.split(' ').map((operator) => `ai.onnx:${operator}`),
);

/**
 * Watches the nodes of a graph, in their order, for one that the engine may compute at load, or at whose shapes it may
 * stumble.
 */
export class PlainNodes {
  readonly #given = new Set<string>();
  #doubt: string | undefined;

  /** Why one of the nodes is more than plain arithmetic on what the graph is given; `undefined` where none is. */
  get doubt(): string | undefined {
    return this.#doubt;
  }

  /** An input of the graph that has no default. */
  input(name: string): void {
    this.#given.add(name);
  }

  node(operator: string, inputs: readonly string[], outputs: readonly string[]): void {
    if (!PLAIN.has(operator)) this.#doubt ??= `it uses ${operator}`;
    else if (!inputs.some((name) => this.#given.has(name)))
      this.#doubt ??= `${operator} is given constants alone`;
    for (const name of outputs) this.#given.add(name);
  }
}
