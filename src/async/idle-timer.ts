/** Calls back once when nothing has happened for a time. It keeps no process alive. */
export class IdleTimer {
  readonly #ms: number;
  readonly #onIdle: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, onIdle: () => void) {
    this.#ms = ms;
    this.#onIdle = onIdle;
  }

  /** Begins to wait, again if it already does. */
  start(): void {
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#onIdle(), this.#ms).unref();
    else this.#timer.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
