/**
 * Bounds the bytes of all files that wait or run, of all models together, by `maxQueuedBytes`.
 *
 * Fair between clients: over the bound the client that has the most bytes here, and more than an equal share, loses
 * what it sent last of what has not begun, for one that would still have fewer. So a key can lock no other out, not even out of models that it may
 * not use itself. A client within its equal share is let in though nothing gives way: what has begun is not ended for
 * it, so that all together may then be over the bound, by as much again at most.
 */
import type { SandpiperError } from '../../errors.ts';
import type { RequestScope } from './request-scope.ts';

interface Held {
  readonly bytes: number;
  /** Ends the request for its caller. */
  readonly pushOut: (reason: SandpiperError) => void;
}

/** What is known of a request before it is let in. */
export interface Newcomer {
  client: string;
  bytes: number;
}

export class Backlog {
  readonly mostBytes: number;
  /** The first that came is the first. */
  readonly #held = new Map<RequestScope, Held>();
  #bytes = 0;

  constructor(mostBytes: number) {
    this.mostBytes = mostBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  hasRoom(newcomer: Newcomer): boolean {
    return this.#givingWay(newcomer) !== undefined;
  }

  /** @param reason that those are told who give way */
  enter(scope: RequestScope, held: Held, reason: () => SandpiperError): void {
    const { client } = scope;
    for (const { pushOut } of this.#givingWay({ client, bytes: held.bytes }) ?? []) pushOut(reason());
    this.#held.set(scope, held);
    this.#bytes += held.bytes;
  }

  leave(scope: RequestScope): void {
    this.#bytes -= this.#held.get(scope)?.bytes ?? 0;
    this.#held.delete(scope);
  }

  /** Those that would give way for a newcomer; undefined: it would not be let in. */
  #givingWay({ client, bytes }: Newcomer): Held[] | undefined {
    let over = this.#bytes + bytes - this.mostBytes;
    if (this.#bytes === 0 || over <= 0) return [];
    const sums = this.#sums();
    const own = (sums.get(client) ?? 0) + bytes;
    const share = this.mostBytes / new Set([...sums.keys(), client]).size;
    const waiting = [...this.#held].filter(([{ begunAt }]) => begunAt === undefined).toReversed();
    const leaving: Held[] = [];
    while (over > 0) {
      const index = indexOfGreediest(waiting, sums, Math.max(own, share));
      const [last] = index < 0 ? [] : waiting.splice(index, 1);
      if (last === undefined) break;
      const [{ client: greediest }, held] = last;
      sums.set(greediest, (sums.get(greediest) ?? 0) - held.bytes);
      leaving.push(held);
      over -= held.bytes;
    }
    const isWithinShare = own <= share && over <= this.mostBytes;
    return over <= 0 || isWithinShare ? leaving : undefined;
  }

  #sums(): Map<string, number> {
    const sums = new Map<string, number>();
    for (const [{ client }, { bytes }] of this.#held) sums.set(client, (sums.get(client) ?? 0) + bytes);
    return sums;
  }
}

/** The first of the client with the most bytes, if these are more than `least`; -1: there is none. */
function indexOfGreediest(
  waiting: readonly (readonly [RequestScope, Held])[],
  sums: ReadonlyMap<string, number>,
  least: number,
): number {
  const most = Math.max(0, ...waiting.map(([{ client }]) => sums.get(client) ?? 0));
  return most > least ? waiting.findIndex(([{ client }]) => sums.get(client) === most) : -1;
}
