/**
 * A queue that is fair between flows: flows are served round-robin, however many entries each has, and one that was
 * {@link FairQueue.charge}d goes after those that have used less time of late. Within a flow a better priority goes first,
 * and first come, first served among equals. Priority has no effect between flows.
 */
import { monotonicMs } from './clock.ts';

export interface QueueEntry {
  /** Entries of one flow share one place in the round. */
  readonly flow: string;
  /** 1 is the first to go. */
  readonly priority: number;
}

/** A flow is charged for at most this much time, so that it waits behind later flows for no longer. */
const MOST_OWED_MS = 1_000;

export class FairQueue<Entry extends QueueEntry> {
  /** In the order of the round: the flow that was served last comes last. None is empty. */
  readonly #flows = new Map<string, Entry[]>();
  /** When a flow will have waited, on the monotonic clock, for as long as it has used. */
  readonly #evenAt = new Map<string, number>();

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

  /** Removes and returns the entry that may go whose flow has used least; of such flows, the next of the round. */
  next(may: (entry: Entry) => boolean): Entry | undefined {
    const now = monotonicMs();
    let [chosen, least]: [Entry | undefined, number] = [undefined, Infinity];
    for (const [name, [first]] of this.#flows) {
      const evenAt = Math.max(now, this.evenAt(name));
      if (first !== undefined && evenAt < least && may(first)) [chosen, least] = [first, evenAt];
    }
    if (chosen === undefined) return undefined;
    const { flow: name } = chosen;
    // It is charged only once its work is over. Until then one millisecond more lets others that owe as much go first.
    if (least > now) this.#evenAt.set(name, least + 1);
    const left = this.#flowOf(chosen).slice(1);
    this.#flows.delete(name);
    if (left.length > 0) this.#flows.set(name, left);
    return chosen;
  }

  /** Notes that work for a flow has taken `ms`. */
  charge(flow: string, ms: number): void {
    const now = monotonicMs();
    for (const [name, at] of this.#evenAt) if (at <= now) this.#evenAt.delete(name);
    this.#evenAt.set(flow, Math.min(Math.max(now, this.evenAt(flow)) + ms, now + MOST_OWED_MS));
  }

  /** When a flow will have waited for as long as it has used, on the monotonic clock: 0 if it has used nothing. */
  evenAt(flow: string): number {
    return this.#evenAt.get(flow) ?? 0;
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
