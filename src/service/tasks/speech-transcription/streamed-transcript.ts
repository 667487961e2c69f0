import { SandpiperError } from '../../../errors.ts';
import type { TranscribeOptions } from '../../api/tasks.ts';

type Listener = NonNullable<TranscribeOptions['onProgress']>;

/** A transcript that is passed on while it comes. The parts that the listener got, joined, are exactly the whole. */
export class StreamedTranscript {
  readonly #listener: Listener;
  readonly #onFailure: (reason: unknown) => void;
  readonly #pending: Promise<void>[] = [];
  #failed = false;
  #text = '';
  #seconds = 0;
  #backwards = false;

  /** @param onFailure called once, with what the listener threw or rejected with; it gets no more text then */
  constructor(listener: Listener, onFailure: (reason: unknown) => void) {
    this.#listener = listener;
    this.#onFailure = onFailure;
  }

  readonly add: Listener = (update) => {
    this.#text += update.text;
    if (this.#failed) return;
    this.#backwards ||= !(update.seconds >= this.#seconds);
    this.#seconds = update.seconds;
    try {
      const returned: unknown = this.#listener({ text: update.text, seconds: update.seconds });
      if (returned instanceof Promise) this.#pending.push(returned.then(() => undefined, this.#fail));
    } catch (reason) {
      this.#fail(reason);
    }
  };

  readonly #fail = (reason: unknown): void => {
    if (this.#failed) return;
    this.#failed = true;
    this.#onFailure(reason);
  };

  /**
   * Tells what is still missing, for a component need not report progress, and waits for a listener that is
   * asynchronous.
   *
   * @param seconds of sound, all of them done.
   * @throws SandpiperError `wrong-answer` where the component's progress was another text than its answer, or times that
   *   run backwards
   */
  async complete(whole: string, seconds: number): Promise<void> {
    if (this.#backwards) {
      throw new SandpiperError('wrong-answer', "The component's progress in the sound runs backwards.");
    }
    if (!whole.startsWith(this.#text)) {
      throw new SandpiperError(
        'wrong-answer',
        'The component answered another text than it had reported while it worked.',
      );
    }
    const rest = whole.slice(this.#text.length);
    if (rest !== '') this.add({ text: rest, seconds });
    await Promise.all(this.#pending);
  }
}
