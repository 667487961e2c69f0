/** Element-wise operators. */
const PLAIN: ReadonlySet<string> = new Set(
  'Identity Add Sub Mul Neg Relu'.split(' ').map((operator) => `ai.onnx:${operator}`),
);

/**
 * Checks the nodes of a graph, in their order, for one that the engine may compute at load or whose shapes may crash
 * it.
 */
export class PlainNodes {
  readonly #given = new Set<string>();
  #doubt: string | undefined;

  /** Why a node is more than plain arithmetic on the graph's inputs; `undefined` if none is. */
  get doubt(): string | undefined {
    return this.#doubt;
  }

  /** Adds an input of the graph that has no default value. */
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
