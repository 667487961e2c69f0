/**
 * What there is to tell of a live sound, until its reader takes it.
 *
 * Words that are not taken become one event: a reader that is slow hears of fewer steps and of the same text. So what
 * waits here is a few events for each turn.
 */
import type { LiveEvent } from '../api/live.ts';

export class LiveEvents {
  readonly #events: LiveEvent[] = [];
  #over = false;
  #failure: Error | undefined;
  #news = Promise.withResolvers<void>();

  get length(): number {
    return this.#events.length;
  }

  push(event: LiveEvent): void {
    const last = this.#events.at(-1);
    if (event.kind === 'words' && last?.kind === 'words')
      this.#events.splice(-1, 1, { ...event, stable: last.stable + event.stable });
    else this.#events.push(event);
    this.#tell();
  }

  /** @param failure rejects the reader once it has read what there is */
  end(failure?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#failure = failure;
    this.#tell();
  }

  /** @param onTaken is called for each event that was taken */
  async *read(onTaken: () => void): AsyncGenerator<LiveEvent, void> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) {
        onTaken();
        yield event;
      } else if (this.#failure !== undefined) throw this.#failure;
      else if (this.#over) return;
      else await this.#news.promise;
    }
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}
