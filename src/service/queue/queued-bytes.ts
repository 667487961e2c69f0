/**
 * Bounds the bytes of the files of all requests that wait or run, of all models together, by `maxQueuedBytes`.
 *
 * Fair between clients: over the bound, the client with the most bytes, if they are more than an equal share, loses its
 * newest waiting requests to a client that would still have fewer. So a key cannot lock out others, not even from models
 * that it may not use itself. A client within its equal share is admitted even if nothing can be evicted: running
 * requests are not ended, so that the total may exceed the bound, at most by as much again.
 */
import type { SandpiperError } from '../../errors.ts';
import type { RequestScope } from './request-scope.ts';

interface Held {
  readonly bytes: number;
  /** Ends the request for its caller. */
  readonly evict: (reason: SandpiperError) => void;
}

/** A request that is not yet admitted. */
export interface Newcomer {
  client: string;
  bytes: number;
}

export class QueuedBytes {
  readonly mostBytes: number;
  /** Admitted requests in the order of arrival. */
  readonly #held = new Map<RequestScope, Held>();
  #bytes = 0;

  constructor(mostBytes: number) {
    this.mostBytes = mostBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  hasRoom(newcomer: Newcomer): boolean {
    return this.#evictionsFor(newcomer) !== undefined;
  }

  /** @param reason makes the error of evicted requests */
  enter(scope: RequestScope, held: Held, reason: () => SandpiperError): void {
    const { client } = scope;
    for (const { evict } of this.#evictionsFor({ client, bytes: held.bytes }) ?? []) evict(reason());
    this.#held.set(scope, held);
    this.#bytes += held.bytes;
  }

  leave(scope: RequestScope): void {
    this.#bytes -= this.#held.get(scope)?.bytes ?? 0;
    this.#held.delete(scope);
  }

  /** The requests to evict for a new one; undefined if it cannot be admitted. */
  #evictionsFor({ client, bytes }: Newcomer): Held[] | undefined {
    let over = this.#bytes + bytes - this.mostBytes;
    if (this.#bytes === 0 || over <= 0) return [];
    const sums = this.#sums();
    const own = (sums.get(client) ?? 0) + bytes;
    const share = this.mostBytes / new Set([...sums.keys(), client]).size;
    const waiting = new Set([...this.#held.keys()].filter(({ begunAt }) => begunAt === undefined));
    const leaving: Held[] = [];
    while (over > 0) {
      const last = newestOfLargest([...waiting], sums, Math.max(own, share));
      const held = last && this.#held.get(last);
      if (last === undefined || held === undefined) break;
      waiting.delete(last);
      sums.set(last.client, (sums.get(last.client) ?? 0) - held.bytes);
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

/**
 * Whom to evict: the newest request of the client that has the most, if that is more than `least`.
 *
 * @param waiting in the order of arrival
 * @param had what each client has in all
 */
export function newestOfLargest(
  waiting: readonly RequestScope[],
  had: ReadonlyMap<string, number>,
  least: number,
): RequestScope | undefined {
  const most = Math.max(0, ...waiting.map(({ client }) => had.get(client) ?? 0));
  return most > least ? waiting.findLast(({ client }) => had.get(client) === most) : undefined;
}
