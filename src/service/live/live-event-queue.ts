/**
 * The events of a live session, from the component's report until the client's reader takes them.
 *
 * Events of words that wait one behind another are joined: a slow reader sees fewer steps and the same text. So the queue
 * holds a few events for each turn.
 */
import { Condition } from '../../async/condition.ts';
import type { LiveEvent } from '../api/live.ts';

export class LiveEventQueue {
  readonly #events: LiveEvent[] = [];
  #over = false;
  #failure: Error | undefined;
  readonly #news = new Condition();

  get length(): number {
    return this.#events.length;
  }

  push(event: LiveEvent): void {
    const last = this.#events.at(-1);
    if (event.kind === 'words' && last?.kind === 'words')
      this.#events.splice(-1, 1, { ...event, stable: last.stable + event.stable });
    else this.#events.push(event);
    this.#news.notify();
  }

  /** @param failure thrown to the reader after the events that are here */
  end(failure?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#failure = failure;
    this.#news.notify();
  }

  /** @param onTaken called for each event that the reader takes */
  async *read(onTaken: () => void): AsyncGenerator<LiveEvent, void> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) {
        onTaken();
        yield event;
      } else if (this.#failure !== undefined) throw this.#failure;
      else if (this.#over) return;
      else await this.#news.wait();
    }
  }
}
