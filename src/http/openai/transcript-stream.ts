/**
 * A transcript as server-sent events: `transcript.text.delta` while the model decodes, `transcript.text.done`, `[DONE]`.
 *
 * Guarantees: the deltas joined are exactly the text of `done`. While a client does not read, unsent text
 * becomes one longer delta: it costs the text itself, which the model's `outputBytes` bounds, however many steps it came in.
 */
import type { z } from 'zod';
import { EventStream } from '../exchange/event-stream.ts';
import type { transcriptDeltaSchema, transcriptDoneSchema } from './schemas.ts';

/** A text that was sent, and its tokens. */
interface StreamedText {
  text: string;
  segments: readonly { tokens: readonly number[] }[];
}

export class TranscriptStream extends EventStream {
  #unsent = '';
  #seconds = 0;

  /** Adds text, and how far into the sound it reaches. */
  add({ text, seconds }: { text: string; seconds: number }): void {
    this.#unsent += text;
    this.#seconds = seconds;
    this.added();
  }

  complete(transcription: StreamedText): void {
    this.finish(doneEvent(transcription));
  }

  protected override takeUnsent(): z.output<typeof transcriptDeltaSchema> | undefined {
    const delta = this.#unsent;
    this.#unsent = '';
    const seconds = Math.round(this.#seconds * 1_000) / 1_000;
    return delta === '' ? undefined : { type: 'transcript.text.delta', delta, seconds };
  }
}

/** The API counts usage of streams in tokens; here only the text has tokens. */
function doneEvent({ text, segments }: StreamedText): z.output<typeof transcriptDoneSchema> {
  const tokens = segments.reduce((sum, segment) => sum + segment.tokens.length, 0);
  return {
    type: 'transcript.text.done',
    text,
    usage: { type: 'tokens', input_tokens: 0, output_tokens: tokens, total_tokens: tokens },
  };
}
