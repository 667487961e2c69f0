/** How many requests of one model may be here at a time; over that a client is told so at once. */
import { SandpiperError } from '../errors.ts';

export class Admission {
  readonly #capacity: number;
  readonly #model: string;
  #present = 0;

  /** @param capacity requests that run plus requests that wait */
  constructor(model: string, capacity: number) {
    this.#model = model;
    this.#capacity = capacity;
  }

  get present(): number {
    return this.#present;
  }

  /**
   * Takes a place; disposing of it gives it back.
   * @throws SandpiperError `over-capacity`
   */
  enter(): Disposable {
    if (this.#present >= this.#capacity) {
      throw new SandpiperError(
        'over-capacity',
        `Model ${this.#model} has ${this.#present} requests waiting or running, as many as queueLength allows: try again shortly.`,
      );
    }
    this.#present++;
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (held) this.#present--;
        held = false;
      },
    };
  }
}
