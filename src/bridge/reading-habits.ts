/**
 * Which outputs of which graphs the guests of a thread read, so that their bytes can come along with the
 * answer instead of being asked for. A wrong guess costs a move of the bytes, never more: the last use of an
 * output decides, read or passed on. Owned by the guest thread.
 */

/** Graphs remembered at the most: those that components bring as bytes have names without end. */
const MAX_GRAPHS = 64;

export class ReadingHabits {
  readonly #read = new Map<string, Set<string>>();

  /** Names of outputs of `graph` that were read when they were last used. */
  of(graph: string): readonly string[] {
    return [...(this.#read.get(graph) ?? [])];
  }

  noteRead(graph: string, output: string): void {
    const known = this.#read.get(graph);
    if (known !== undefined) known.add(output);
    else if (this.#read.size < MAX_GRAPHS) this.#read.set(graph, new Set([output]));
  }

  notePassedOn(graph: string, output: string): void {
    this.#read.get(graph)?.delete(output);
  }
}
