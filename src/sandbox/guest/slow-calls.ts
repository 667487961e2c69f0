/** Which programs and bare graphs are slow: a short call of theirs takes long, now or the last time. */
import { monotonicMs } from '../../async/clock.ts';

/** A call that takes longer is slow. */
const SLOW_MS = 1_000;

export class SlowCalls {
  /** For each slow program or graph, how many of its calls take long now. */
  readonly #slow = new Map<string, number>();
  readonly #onSlow: () => void;

  /** @param onSlow called when a call has become slow */
  constructor(onSlow: () => void) {
    this.#onSlow = onSlow;
  }

  has(key: string): boolean {
    return this.#slow.has(key);
  }

  forget(key: string): void {
    this.#slow.delete(key);
  }

  /**
   * Times a call, until it is disposed of.
   *
   * @param blockedMs tells for how long others have blocked it
   */
  begin(key: string, blockedMs: () => number): Disposable {
    const begun = monotonicMs();
    let isSlow = false;
    const look = () => {
      const left = SLOW_MS - (monotonicMs() - begun - blockedMs());
      if (left > 0) {
        timer = setTimeout(look, left).unref();
        return;
      }
      isSlow = true;
      this.#slow.set(key, (this.#slow.get(key) ?? 0) + 1);
      this.#onSlow();
    };
    let timer = setTimeout(look, SLOW_MS).unref();
    return {
      [Symbol.dispose]: () => {
        clearTimeout(timer);
        const now = this.#slow.get(key);
        if (now === undefined) return;
        if (isSlow) this.#slow.set(key, now - 1);
        else if (now === 0) this.#slow.delete(key);
      },
    };
  }
}
