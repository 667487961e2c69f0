/**
 * A transcript as server-sent events: `transcript.text.delta` while the model decodes, `transcript.text.done`, `[DONE]`.
 *
 * Guarantees: the deltas joined are exactly the text of `done`. While a client does not read, unsent text
 * becomes one longer delta: it costs the text itself, which the model's `outputBytes` bounds, however many steps it came in.
 */
import type { Response } from 'express';
import type { z } from 'zod';
import type { ServiceLimits } from '../../config/limits.ts';
import type { Transcription } from '../../service/api/tasks.ts';
import { EventStream } from '../exchange/event-stream.ts';
import type { transcriptDeltaSchema, transcriptDoneSchema } from './schemas.ts';

/** A text that was told, and its tokens. */
interface StreamedText {
  text: string;
  segments: readonly { tokens: readonly number[] }[];
}

export class TranscriptStream implements Disposable {
  readonly #response: Response;
  readonly #events: EventStream;
  #unsent = '';
  #seconds = 0;

  constructor(response: Response, limits: ServiceLimits) {
    this.#response = response;
    this.#events = new EventStream(response, limits);
    response.on('drain', this.#sendUnsent);
  }

  /** Adds text, and how far into the sound it reaches. */
  add({ text, seconds }: { text: string; seconds: number }): void {
    this.#unsent += text;
    this.#seconds = seconds;
    if (this.#events.ready) this.#sendUnsent();
  }

  complete(transcription: Transcription | StreamedText): void {
    this.#sendUnsent();
    this.#events.send(doneEvent(transcription));
    this.#events.send('[DONE]');
    this.#events.end();
  }

  /** Ends a stream that has begun with an `error` event, which OpenAI's clients throw. */
  fail(body: object): void {
    this.#sendUnsent();
    this.#events.send(body, 'error');
    this.#events.end();
  }

  [Symbol.dispose](): void {
    this.#response.off('drain', this.#sendUnsent);
    this.#events[Symbol.dispose]();
  }

  readonly #sendUnsent = (): void => {
    if (this.#unsent === '') return;
    const event: z.output<typeof transcriptDeltaSchema> = {
      type: 'transcript.text.delta',
      delta: this.#unsent,
      seconds: Math.round(this.#seconds * 1_000) / 1_000,
    };
    this.#unsent = '';
    this.#events.send(event);
  };
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
