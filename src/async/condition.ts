import { onAbort } from './on-abort.ts';

/** A condition variable: work that waits looks again each time when something may have changed. */
export class Condition {
  #change = Promise.withResolvers<void>();

  notify(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  /** Resolves at the next {@link notify}, or when the signal aborts. */
  async wait(signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = this.#change;
    using _listener = onAbort(signal, resolve);
    await promise;
  }
}
