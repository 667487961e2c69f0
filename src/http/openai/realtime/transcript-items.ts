/**
 * The items of a transcription session, and what is sent of each: one for a turn of the speaker.
 *
 * An item has its id from the moment in which somebody begins to speak; it is committed when the turn ends, or when the
 * client says so, and completed when its text is settled. The deltas of an item, joined, are its transcript.
 */
import { randomUUID } from 'node:crypto';
import type { LiveEvent, LiveTurn } from '../../../service/api/live.ts';
import type { SendEvent } from './server-events.ts';

interface Item {
  readonly id: string;
  /** What the deltas came to. */
  told: string;
  committed: boolean;
  /** Seconds of sound that are settled. */
  seconds: number;
}

export interface TranscriptItemsOptions {
  send: SendEvent;
  /** Whether clients of the first generation hear. */
  beta: boolean;
  /** Whether turns end by silence, and the client is told of speech. */
  detects: () => boolean;
  /** Whether the client is told of words that may still change. */
  tentative: () => boolean;
}

export class TranscriptItems {
  readonly #options: TranscriptItemsOptions;
  /** Those that are not completed; the first is the one that is worked at. */
  readonly #items: Item[] = [];
  #lastCommitted: string | null = null;
  /** What was told of the turn that is being spoken; an item that the client ends may hold several. */
  #stable = '';

  constructor(options: TranscriptItemsOptions) {
    this.#options = options;
  }

  /** The client ends the turn: its item is committed now, and completed when its text is there. */
  commit(): void {
    const open = this.#items.at(-1);
    this.#commit(open === undefined || open.committed ? this.#open() : open);
  }

  /** What was not committed is forgotten. */
  clear(): void {
    if (this.#items.at(-1)?.committed === false) this.#items.pop();
    if (this.#items.length === 0) this.#stable = '';
  }

  take(event: LiveEvent): void {
    const { send, detects } = this.#options;
    switch (event.kind) {
      case 'speech-started':
        if (detects()) {
          const audio_start_ms = Math.round(event.seconds * 1_000);
          send('input_audio_buffer.speech_started', { audio_start_ms, item_id: this.#current().id });
        }
        return;
      case 'speech-stopped':
        if (detects()) {
          const audio_end_ms = Math.round(event.seconds * 1_000);
          send('input_audio_buffer.speech_stopped', { audio_end_ms, item_id: this.#current().id });
        }
        return;
      case 'words':
        return this.#tell(this.#current(), event.stable, event.tentative);
      case 'turn':
        return this.#settle(event);
    }
  }

  /** What the component failed over. */
  fail(error: object): void {
    for (const { id } of this.#items.splice(0))
      this.#options.send('conversation.item.input_audio_transcription.failed', {
        item_id: id,
        content_index: 0,
        error,
      });
  }

  #settle({ text, start, end, byClient }: LiveTurn): void {
    // A turn that had ended by silence before the client ended it: there is nothing more of it.
    if (text === '' && (byClient ? this.#items[0]?.committed !== true : this.#items.length === 0)) return;
    const item = this.#current();
    this.#tell(item, text.slice(this.#stable.length), '');
    this.#stable = '';
    item.seconds += end - start;
    if (!byClient && !this.#options.detects()) return;
    if (!item.committed) this.#commit(item);
    this.#items.shift();
    this.#options.send('conversation.item.input_audio_transcription.completed', {
      item_id: item.id,
      content_index: 0,
      transcript: item.told,
      usage: { type: 'duration', seconds: Math.round(item.seconds * 1_000) / 1_000 },
    });
  }

  #tell(item: Item, delta: string, tentative: string): void {
    const { send, tentative: tells } = this.#options;
    // Turns within one item are parted as words are.
    const parted = item.told !== '' && this.#stable === '' && delta !== '' ? ` ${delta}` : delta;
    this.#stable += delta;
    item.told += parted;
    if (delta === '' && !tells()) return;
    const told = { item_id: item.id, content_index: 0, delta: parted, ...(tells() && { tentative }) };
    send('conversation.item.input_audio_transcription.delta', told);
  }

  #commit(item: Item): void {
    const { send, beta } = this.#options;
    item.committed = true;
    const previous_item_id = this.#lastCommitted;
    this.#lastCommitted = item.id;
    send('input_audio_buffer.committed', { item_id: item.id, previous_item_id });
    const message = {
      id: item.id,
      object: 'realtime.item',
      type: 'message',
      role: 'user',
      status: 'completed',
      content: [{ type: 'input_audio', transcript: null }],
    };
    if (beta) return send('conversation.item.created', { previous_item_id, item: message });
    send('conversation.item.added', { previous_item_id, item: message });
    send('conversation.item.done', { previous_item_id, item: message });
  }

  #current(): Item {
    return this.#items[0] ?? this.#open();
  }

  #open(): Item {
    const item = { id: `item_${randomUUID().replaceAll('-', '')}`, told: '', committed: false, seconds: 0 };
    this.#items.push(item);
    return item;
  }
}
