/**
 * A waiting line that is fair between flows: each flow has its turn in the round, however many of its own wait.
 * Within a flow those of a better priority go first, and of one priority the first that came. No flow's priority
 * goes before another flow.
 */
export interface InLine {
  /** Whose it is. */
  readonly flow: string;
  /** 1 is the first to go. */
  readonly priority: number;
}

export class FairLine<Entry extends InLine> {
  /** In the order of the round: the flow that was served last is the last. None is empty. */
  readonly #flows = new Map<string, Entry[]>();

  /** To the end of its flow, as far as its priority lets it. */
  add(entry: Entry): void {
    const flow = this.#flowOf(entry);
    const behind = flow.findLastIndex(({ priority }) => priority <= entry.priority);
    flow.splice(behind + 1, 0, entry);
  }

  /** Before all others of its flow: it has waited before. */
  addFirst(entry: Entry): void {
    this.#flowOf(entry).unshift(entry);
  }

  /** The next in the round that may go, which leaves the line. */
  next(may: (entry: Entry) => boolean): Entry | undefined {
    for (const [name, flow] of this.#flows) {
      const [first] = flow;
      if (first === undefined || !may(first)) continue;
      flow.shift();
      this.#flows.delete(name);
      if (flow.length > 0) this.#flows.set(name, flow);
      return first;
    }
    return undefined;
  }

  /** One that no longer waits; nothing happens where it never did. */
  remove(entry: Entry): void {
    const flow = this.#flows.get(entry.flow) ?? [];
    const index = flow.indexOf(entry);
    if (index >= 0) flow.splice(index, 1);
    if (flow.length === 0) this.#flows.delete(entry.flow);
  }

  /** As it is now, by flows. */
  get entries(): readonly Entry[] {
    return [...this.#flows.values()].flat();
  }

  #flowOf({ flow: name }: Entry): Entry[] {
    const flow = this.#flows.get(name) ?? [];
    this.#flows.set(name, flow);
    return flow;
  }
}
