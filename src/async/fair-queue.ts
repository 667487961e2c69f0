/**
 * A queue that is fair between flows: flows are served round-robin, however many entries each has. Within a flow a
 * better priority goes first, and first come, first served among equals. Priority has no effect between flows.
 */
export interface QueueEntry {
  /** Entries of one flow share one place in the round. */
  readonly flow: string;
  /** 1 is the first to go. */
  readonly priority: number;
}

export class FairQueue<Entry extends QueueEntry> {
  /** In the order of the round: the flow that was served last comes last. None is empty. */
  readonly #flows = new Map<string, Entry[]>();

  /** Adds an entry to its flow, after those of the same or a better priority. */
  add(entry: Entry): void {
    const flow = this.#flowOf(entry);
    const behind = flow.findLastIndex(({ priority }) => priority <= entry.priority);
    flow.splice(behind + 1, 0, entry);
  }

  /** Adds an entry before all others of its flow, whatever their priority. */
  addFirst(entry: Entry): void {
    this.#flowOf(entry).unshift(entry);
  }

  /** Removes and returns the next entry of the round that may go. */
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

  remove(entry: Entry): void {
    const flow = this.#flows.get(entry.flow) ?? [];
    const index = flow.indexOf(entry);
    if (index >= 0) flow.splice(index, 1);
    if (flow.length === 0) this.#flows.delete(entry.flow);
  }

  /** All entries, grouped by flow. */
  get entries(): readonly Entry[] {
    return [...this.#flows.values()].flat();
  }

  #flowOf({ flow: name }: Entry): Entry[] {
    const flow = this.#flows.get(name) ?? [];
    this.#flows.set(name, flow);
    return flow;
  }
}
