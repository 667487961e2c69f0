/** Which programs and bare graphs are slow: a short call of theirs takes long now, or they have taken long of late. */
import { monotonicMs } from '../../async/clock.ts';

/** A call that takes longer is slow, and so is a program whose calls take longer in the mean. */
const SLOW_MS = 250;

/** Of a call no more counts, so that a few quick ones tell more than one that went to its deadline. */
const MOST_MS = 4 * SLOW_MS;

/** What the last call has of the mean: one quick call in between does not make a slow program quick. */
const SHARE_OF_LAST = 0.25;

interface Pace {
  /** Calls that take long now. */
  slow: number;
  /** Undefined before the first call has ended. */
  meanMs: number | undefined;
}

export class SlowCalls {
  readonly #paces = new Map<string, Pace>();
  readonly #onSlow: () => void;

  /** @param onSlow called when a call has become slow */
  constructor(onSlow: () => void) {
    this.#onSlow = onSlow;
  }

  has(key: string): boolean {
    const pace = this.#paces.get(key);
    return pace !== undefined && (pace.slow > 0 || (pace.meanMs ?? 0) > SLOW_MS);
  }

  forget(key: string): void {
    this.#paces.delete(key);
  }

  /**
   * Times a call, until it is disposed of.
   *
   * @param blockedMs tells for how long others have blocked it
   */
  begin(key: string, blockedMs: () => number): Disposable {
    const begun = monotonicMs();
    const pace = this.#paces.get(key) ?? { slow: 0, meanMs: undefined };
    this.#paces.set(key, pace);
    const workedMs = () => monotonicMs() - begun - blockedMs();
    let isSlow = false;
    const look = () => {
      const left = SLOW_MS - workedMs();
      if (left > 0) {
        timer = setTimeout(look, left).unref();
        return;
      }
      isSlow = true;
      pace.slow++;
      this.#onSlow();
    };
    let timer = setTimeout(look, SLOW_MS).unref();
    return {
      [Symbol.dispose]: () => {
        clearTimeout(timer);
        if (isSlow) pace.slow--;
        const lastMs = Math.min(workedMs(), MOST_MS);
        pace.meanMs ??= lastMs;
        pace.meanMs += SHARE_OF_LAST * (lastMs - pace.meanMs);
      },
    };
  }
}
