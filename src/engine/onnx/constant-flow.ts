/** Operators that give no more elements than their first input has, whatever the others say. */
const NEVER_GROW: ReadonlySet<string> = new Set(
  (
    'Identity Cast Reshape Transpose Squeeze Unsqueeze Flatten Slice DequantizeLinear QuantizeLinear ' +
    'Neg Abs Sqrt Reciprocal Exp Log Not'
  )
    .split(' ')
    .map((operator) => `ai.onnx:${operator}`),
);

/** They tell the shape of their input, which may be known though its elements are not. */
const SHAPES: ReadonlySet<string> = new Set(['ai.onnx:Shape', 'ai.onnx:Size']);

/**
 * Follows the constants of a model through its nodes, to tell what the engine computes at load.
 *
 * A name is taken for a constant unless it is known to be none, and one that is a constant in one graph and none in
 * another settles the question: so neither the order of nodes nor names used twice can hide anything.
 */
export class ConstantFlow {
  readonly #constants = new Map<string, number>();
  readonly #variables = new Set<string>();
  #foldedElements = 0;
  #doubt: string | undefined;

  /** Why it cannot be told what the engine computes at load; `undefined` where it can. */
  get doubt(): string | undefined {
    return this.#doubt;
  }

  /** Elements that the engine computes at load by operators that give no more than they take. */
  get foldedElements(): number {
    return this.#foldedElements;
  }

  constant(name: string, elements: number): void {
    if (this.#variables.has(name)) this.#doubt ??= 'a name stands for a constant and for something else';
    this.#constants.set(name, elements);
  }

  variable(name: string): void {
    if (this.#constants.has(name)) this.#doubt ??= 'a name stands for a constant and for something else';
    this.#variables.add(name);
  }

  /** An input of a graph: none where a constant of the same graph is its default, which was told before. */
  input(name: string): void {
    if (!this.#constants.has(name)) this.variable(name);
  }

  /** @param elements that its attributes may hold, which a node without inputs gives */
  node(operator: string, inputs: readonly string[], outputs: readonly string[], held: number): void {
    const given = inputs.filter((name) => name !== '');
    if (SHAPES.has(operator)) {
      // What is made of a shape alone may be of any size.
      for (const name of outputs) this.constant(name, Infinity);
    } else if (operator === 'ai.onnx:Constant') {
      for (const name of outputs) this.constant(name, held);
    } else if (given.some((name) => this.#variables.has(name))) {
      for (const name of outputs) if (name !== '') this.variable(name);
    } else if (NEVER_GROW.has(operator)) {
      const elements = this.#constants.get(given[0] ?? '') ?? Infinity;
      for (const name of outputs) this.constant(name, elements);
      this.#foldedElements += elements;
    } else {
      this.#doubt ??= `${operator} has constant inputs alone`;
    }
  }
}
