/**
 * Sets aside a model whose component or graph fails repeatedly.
 *
 * Closed, it lets requests pass and counts consecutive failures; any answered request resets the count. At
 * {@link FAILURES_IN_A_ROW} it opens: requests are refused at once. After a back-off that doubles with each failed
 * probe, the model's sample is run as the probe, so that no client's request is risked.
 */
import { Backoff } from '../../async/backoff.ts';
import { FAILURES_IN_A_ROW, ModelSetAside } from '../api/service-errors.ts';

export interface CircuitBreakerOptions {
  model: string;
  /** Rejects while the model still fails. */
  probe: () => Promise<unknown>;
  /** Called when the model is set aside or is back in service. */
  onChange: (open: boolean) => void;
}

export class CircuitBreaker implements Disposable {
  readonly #options: CircuitBreakerOptions;
  #failures = 0;
  readonly #backoff = new Backoff({ firstMs: 1_000, longestMs: 60_000 });
  #timer: NodeJS.Timeout | undefined;
  #open = false;
  #disposed = false;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  get open(): boolean {
    return this.#open;
  }

  /** @throws ModelSetAside */
  assertClosed(): void {
    if (this.#open) throw new ModelSetAside(this.#options.model);
  }

  /** Records that a request was answered, even with an error about its input. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** Records that a request failed by the fault of the component or its graphs, a missed deadline included. */
  failed(): void {
    if (++this.#failures < FAILURES_IN_A_ROW || this.#open) return;
    this.#open = true;
    this.#options.onChange(true);
    this.#probeLater();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }

  #probeLater(): void {
    if (this.#disposed) return;
    this.#timer = setTimeout(() => void this.#probe(), this.#backoff.next()).unref();
  }

  async #probe(): Promise<void> {
    try {
      await this.#options.probe();
    } catch {
      this.#probeLater();
      return;
    }
    this.#open = false;
    this.#failures = 0;
    this.#backoff.reset();
    this.#options.onChange(false);
  }
}
