/** wasi:io/poll: waiting that is interrupted when the request ends. */
import { Resource } from '../host/resource.ts';
import type { StreamHost } from '../host/sleeper.ts';

/** Something that a component can wait for. */
export interface Event {
  ready(): boolean;
  /** When it becomes ready by itself, on the monotonic clock; absent if an event changes the thread's pulse. */
  readonly at?: number;
}

export class Pollable extends Resource {
  readonly #event: Event;

  constructor(host: StreamHost, event: Event) {
    super(host);
    this.#event = event;
  }

  ready(): boolean {
    return this.#event.ready();
  }

  /** @throws RequestCancelled */
  block(): void {
    waitForAny(this.host, [this.#event]);
  }

  static eventOf(pollable: Pollable): Event {
    return pollable.#event;
  }
}

/**
 * Sleeps until one of the events is ready, without a timeout: at the deadline the main thread cancels the request,
 * which makes this throw.
 *
 * @returns the indices of the ready events
 * @throws RequestCancelled
 */
export function waitForAny({ sleeper }: StreamHost, events: readonly Event[]): number[] {
  const until = events.reduce((first, { at = Infinity }) => Math.min(first, at), Infinity);
  for (;;) {
    const { pulse } = sleeper;
    const ready = events.flatMap((event, index) => (event.ready() ? index : []));
    if (ready.length > 0) return ready;
    sleeper.sleep(pulse, until);
  }
}
