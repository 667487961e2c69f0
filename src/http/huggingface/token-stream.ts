/**
 * Generated text as Hugging Face's Text Generation Inference streams it: an event for what was added, the last one with
 * all of it, and no `[DONE]`. https://huggingface.co/docs/inference-providers/tasks/text-generation
 *
 * Components tell their text, each time all of it, and no tokens: what one time adds to the time before is a token here,
 * of no number. Text that the component took back is not sent; the whole text at the end is right in any case.
 */
import type { NamedOutput } from '../../service/api/predictions.ts';
import { EventStream } from '../exchange/event-stream.ts';

export class TokenStream extends EventStream {
  #sent = '';
  #text = '';
  #index = 0;

  readonly add = (output: NamedOutput): void => {
    if (output.kind !== 'text') return;
    this.#text = output.text;
    this.added();
  };

  complete([output]: readonly NamedOutput[]): void {
    this.#text = output?.kind === 'text' ? output.text : '';
    this.finishAtOnce(this.#event(this.#added(), this.#text));
  }

  protected override takeUnsent(): object | undefined {
    const added = this.#added();
    if (added === '') return undefined;
    this.#sent = this.#text;
    return this.#event(added, null);
  }

  #added(): string {
    return this.#text.startsWith(this.#sent) ? this.#text.slice(this.#sent.length) : '';
  }

  #event(text: string, generatedText: string | null): object {
    this.#index++;
    const token = { id: 0, text, logprob: null, special: text === '' };
    return { index: this.#index, token, generated_text: generatedText, details: null };
  }
}
