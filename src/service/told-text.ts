import { SandpiperError } from '../errors.ts';
import type { TranscribeOptions } from './tasks.ts';

type Listener = NonNullable<TranscribeOptions['onProgress']>;

/** A text that is told while it comes. The parts that the listener heard, joined, are exactly the whole. */
export class ToldText {
  readonly #listener: Listener;
  #told = '';

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  readonly tell: Listener = (update) => {
    this.#told += update.text;
    this.#listener(update);
  };

  /**
   * Tells what is still missing: a component need not report progress.
   *
   * @param seconds of sound, all of them done.
   * @throws SandpiperError `component-failed` where the component told another text than it then gave.
   */
  complete(whole: string, seconds: number): void {
    if (!whole.startsWith(this.#told)) {
      throw new SandpiperError(
        'component-failed',
        'The component gave another text than it had told while it worked.',
      );
    }
    const rest = whole.slice(this.#told.length);
    if (rest !== '') this.tell({ text: rest, seconds });
  }
}
