/**
 * One transcription session on a WebSocket: translates the client's events to calls of a live session, and its events to
 * those of the Realtime API.
 *
 * Guarantees: events are handled one after another, and the socket is not read meanwhile, so that a client that sends
 * faster than its sound is transcribed, or that does not read, is slowed down. An event that cannot be used is answered
 * with `error`, and the session goes on.
 * Ownership: the socket's; the session ends when it is closed.
 */
import { randomUUID } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import type { ServiceLimits } from '../../../config/limits.ts';
import { ERRORS, SandpiperError, invalidRequest } from '../../../errors.ts';
import type { LiveOptions, LiveSlot, LiveSpeech, LiveTranscription } from '../../../service/api/live.ts';
import type { InferenceService } from '../../../service/api/tasks.ts';
import { RequestFieldError, unsupportedField } from '../../exchange/request-field-error.ts';
import { toSandpiperError } from '../../routing/error-answer.ts';
import { translateOpenAiError } from '../openai-error.ts';
import { eventIdOf, parseMessage, readClientEvent, type ClientEvent } from './client-events.ts';
import { ServerEvents } from './server-events.ts';
import {
  betaChangesOf,
  betaSessionObject,
  changed,
  changesOf,
  sessionObject,
  type SessionSettings,
} from './session-settings.ts';
import { TranscriptItems } from './transcript-items.ts';

const CLOSE = { normal: 1000, goingAway: 1001, refused: 1008, failed: 1011 } as const;
const MIN_COMMIT_SECONDS = 0.1;

export interface RealtimeSessionOptions {
  socket: WebSocket;
  service: LiveSpeech & Pick<InferenceService, 'models'>;
  slot: LiveSlot;
  settings: SessionSettings;
  /** Whether the client speaks the first generation of the API. */
  beta: boolean;
  request: Pick<LiveOptions, 'trace'> & { client: string; requestId: string; signal: AbortSignal };
  limits: ServiceLimits;
  /** Called with the model, and with the error that ends the session, for log and metrics. */
  note: (noted: { model?: string; error?: SandpiperError }) => void;
}

export class RealtimeSession {
  readonly #options: RealtimeSessionOptions;
  readonly #id = `sess_${randomUUID().replaceAll('-', '')}`;
  readonly #events: ServerEvents;
  readonly #items: TranscriptItems;
  readonly #waiting: [data: RawData, isBinary: boolean][] = [];
  readonly #idle: NodeJS.Timeout;
  #settings: SessionSettings;
  #live: LiveTranscription | undefined;
  #handling = false;

  constructor(options: RealtimeSessionOptions) {
    this.#options = options;
    this.#settings = options.settings;
    const { socket, slot, limits, beta } = options;
    this.#events = new ServerEvents(socket, limits);
    this.#items = new TranscriptItems({
      send: this.#events.send,
      beta,
      detects: () => this.#settings.turns !== null,
      tentative: () => this.#settings.tentative,
    });
    this.#idle = setTimeout(() => this.#end(idle(limits.liveIdleMs)), limits.liveIdleMs).unref();
    socket.on('message', (data, isBinary) => {
      this.#waiting.push([data, isBinary]);
      if (!this.#handling) void this.#handleAll();
    });
    // A breach of the protocol, such as a message over the limit, closes the socket by itself.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#closed());
    slot.stopping.addEventListener('abort', this.#stop);
    this.#tellSession('created');
    if (slot.stopping.aborted) this.#stop();
  }

  async #handleAll(): Promise<void> {
    const { socket } = this.#options;
    this.#handling = true;
    socket.pause();
    for (;;) {
      const [message] = this.#waiting;
      if (message === undefined || socket.readyState !== socket.OPEN) break;
      await this.#events.ready();
      await this.#handle(...message);
      this.#waiting.shift();
    }
    this.#handling = false;
    socket.resume();
  }

  async #handle(data: RawData, isBinary: boolean): Promise<void> {
    let eventId: string | null = null;
    try {
      if (isBinary) throw invalidRequest('Send events as text, samples in base64 within them.');
      const message = parseMessage((data as Buffer).toString());
      eventId = eventIdOf(message);
      await this.#take(readClientEvent(message));
    } catch (error) {
      this.#tellError(error, eventId);
    }
  }

  async #take(event: ClientEvent): Promise<void> {
    switch (event.type) {
      case 'session.update':
        return this.#change(changed(this.#settings, changesOf(event.session)));
      case 'transcription_session.update':
        return this.#change(changed(this.#settings, betaChangesOf(event.session)));
      case 'input_audio_buffer.append':
        return this.#append(event.audio);
      case 'input_audio_buffer.commit':
        return this.#commit();
      case 'input_audio_buffer.clear':
        this.#live?.clear();
        this.#items.clear();
        return this.#events.send('input_audio_buffer.cleared', {});
    }
  }

  #change(settings: SessionSettings): void {
    const { format, model, language } = this.#settings;
    const begun = this.#live !== undefined;
    const fixed = settings.model !== model || JSON.stringify(settings.format) !== JSON.stringify(format);
    if (begun && (fixed || settings.language !== language)) {
      throw unsupportedField(
        'session',
        'Model, format and language cannot change once sound has come: open another session.',
      );
    }
    if (settings.model !== undefined) this.#assertAble(settings.model, settings.language);
    this.#settings = settings;
    this.#live?.detectTurns(settings.turns);
    this.#tellSession('updated');
  }

  /** @throws RequestFieldError */
  #assertAble(name: string, language: string | undefined): void {
    const speech = this.#options.service.models().find((model) => model.name === name)?.speech;
    if (speech?.live !== true) {
      const able = liveModels(this.#options.service);
      throw new RequestFieldError(
        'session.audio.input.transcription.model',
        `There is no model "${name.slice(0, 100)}" here that transcribes live speech: there is ${able.join(', ') || 'none'}.`,
      );
    }
    if (language === undefined || speech.languages.includes(language)) return;
    throw unsupportedField(
      'session.audio.input.transcription.language',
      `Model "${name}" knows ${speech.languages.slice(0, 100).join(', ')}, not ${language}.`,
    );
  }

  async #append(audio: Uint8Array): Promise<void> {
    this.#live ??= this.#open();
    try {
      await this.#live.write(audio);
    } catch {
      // The reader of the live session's events gets the error too, and tells the client.
    }
  }

  #commit(): void {
    const seconds = this.#live?.pendingSeconds ?? 0;
    if (this.#live === undefined || seconds < MIN_COMMIT_SECONDS) {
      throw invalidRequest(
        `There is too little to commit: expected at least ${MIN_COMMIT_SECONDS * 1_000} ms of sound since the last commit, and ${Math.round(seconds * 1_000)} ms came.`,
      );
    }
    this.#items.commit();
    this.#live.endTurn();
  }

  #open(): LiveTranscription {
    const { service, slot, request, note } = this.#options;
    const { model, format, turns, language, prompt } = this.#settings;
    if (model === undefined) {
      throw new RequestFieldError(
        'session.audio.input.transcription.model',
        'Say which model transcribes, by session.update, before the first sound.',
      );
    }
    const live = service.openLive(model, { format, turns, language, prompt, ...request, slot });
    clearTimeout(this.#idle);
    note({ model });
    void this.#tellAll(live);
    return live;
  }

  async #tellAll(live: LiveTranscription): Promise<void> {
    try {
      for await (const event of live) {
        await this.#events.ready();
        this.#items.take(event);
      }
      this.#options.socket.close(CLOSE.goingAway, 'The service is stopping.');
    } catch (error) {
      this.#end(error);
    }
  }

  /** The service stops. A live session ends by itself, after the turn that is being spoken, and this one with it. */
  readonly #stop = (): void => {
    if (this.#live === undefined) this.#options.socket.close(CLOSE.goingAway, 'The service is stopping.');
  };

  #end(thrown: unknown): void {
    const { socket, note } = this.#options;
    if (socket.readyState !== socket.OPEN) return;
    const error = toSandpiperError(thrown);
    note({ error });
    this.#items.fail(this.#errorObject(error));
    this.#tellError(error, null);
    socket.close(ERRORS[error.code].actor === 'client' ? CLOSE.refused : CLOSE.failed, error.code);
  }

  #closed(): void {
    const { slot } = this.#options;
    slot.stopping.removeEventListener('abort', this.#stop);
    clearTimeout(this.#idle);
    this.#waiting.length = 0;
    this.#events[Symbol.dispose]();
    this.#live?.[Symbol.dispose]();
    slot[Symbol.dispose]();
  }

  #tellSession(what: 'created' | 'updated'): void {
    const { beta } = this.#options;
    const show = beta ? betaSessionObject : sessionObject;
    this.#events.send(`${beta ? 'transcription_session' : 'session'}.${what}`, {
      session: show(this.#id, this.#settings),
    });
  }

  #tellError(error: unknown, eventId: string | null): void {
    const body = this.#errorObject(toSandpiperError(error));
    this.#events.send('error', { error: { ...body, event_id: eventId } });
  }

  #errorObject(error: SandpiperError): object {
    const { actor } = error;
    const shown =
      actor === 'client' || error.code === 'not-ready' || error.code === 'wrong-answer'
        ? error
        : new SandpiperError(
            error.code,
            `The model failed; the log says why, under request id ${this.#options.request.requestId}.`,
          );
    return (translateOpenAiError(shown).body as { error: object }).error;
  }
}

/** Names of the models that transcribe live speech. */
export function liveModels(service: Pick<InferenceService, 'models'>): string[] {
  return service.models().flatMap(({ name, speech }) => (speech?.live === true ? name : []));
}

function idle(liveIdleMs: number): SandpiperError {
  return new SandpiperError(
    'upload-too-slow',
    `No sound has come for ${liveIdleMs} ms, as long as liveIdleMs allows.`,
  );
}
