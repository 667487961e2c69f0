/**
 * The conversation items of a transcription session, one for each turn of the speaker, and the events about them.
 *
 * An item is made when somebody begins to speak, committed when the turn ends or the client commits, and completed when
 * its text is settled. The deltas of an item, joined, are its transcript.
 */
import { randomUUID } from 'node:crypto';
import type { LiveEvent, LiveTurn } from '../../../service/api/live.ts';
import type { SendEvent } from './server-events.ts';

interface Item {
  readonly id: string;
  /** The deltas that were sent, joined. */
  told: string;
  committed: boolean;
  /** Seconds of its settled turns. */
  seconds: number;
}

export interface TranscriptItemsOptions {
  send: SendEvent;
  /** Whether the client speaks the beta API. */
  beta: boolean;
  /** Whether turns are detected by silence; the client is then told when speech starts and stops. */
  detects: () => boolean;
  /** Whether the client has asked for words that may still change. */
  tentative: () => boolean;
}

export class TranscriptItems {
  readonly #options: TranscriptItemsOptions;
  /** Items that are not completed; the first is the one being transcribed. */
  readonly #items: Item[] = [];
  #lastCommitted: string | null = null;
  /** Text sent of the current turn; an item that the client commits may hold several turns. */
  #stable = '';

  constructor(options: TranscriptItemsOptions) {
    this.#options = options;
  }

  /** The client commits: its item is committed now, and completed when its text is settled. */
  commit(): void {
    const open = this.#items.at(-1);
    this.#commit(open === undefined || open.committed ? this.#open() : open);
  }

  /** Drops the item that is not committed. */
  clear(): void {
    if (this.#items.at(-1)?.committed === false) this.#items.pop();
    if (this.#items.length === 0) this.#stable = '';
  }

  take(event: LiveEvent): void {
    const { send, detects } = this.#options;
    switch (event.kind) {
      case 'speech-started':
      case 'speech-stopped': {
        if (!detects()) return;
        const ms = Math.round(event.seconds * 1_000);
        const item_id = this.#current().id;
        if (event.kind === 'speech-started')
          return send('input_audio_buffer.speech_started', { audio_start_ms: ms, item_id });
        return send('input_audio_buffer.speech_stopped', { audio_end_ms: ms, item_id });
      }
      case 'words':
        return this.#tell(this.#current(), event.stable, event.tentative);
      case 'turn':
        return this.#settle(event);
    }
  }

  /** Tells the client that none of the open items will be completed. */
  fail(error: object): void {
    for (const { id } of this.#items.splice(0))
      this.#options.send('conversation.item.input_audio_transcription.failed', {
        item_id: id,
        content_index: 0,
        error,
      });
  }

  #settle({ text, start, end, byClient }: LiveTurn): void {
    // The turn ended by silence before the client ended it too: all its text was sent with the first end.
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
    // Turns of one item are separated by a space.
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
