/** Live speech as every door of the service sees it: sound goes in as it is spoken, and text comes out. */
import type { RequestOptions } from './request.ts';

/** Samples without a header, interleaved and little-endian. */
export interface RawFormat {
  encoding: 's16' | 'f32' | 'mulaw' | 'alaw';
  /** Hertz. */
  sampleRate: number;
  /** Default: 1. */
  channels?: number;
}

/** When a turn of the speaker is over; what is left out is the model's choice. */
export interface TurnOptions {
  /** Probability from which on sound is taken for speech, from 0 to 1. */
  threshold?: number | undefined;
  /** Sound before the speech that belongs to the turn. */
  prefixMs?: number | undefined;
  /** Silence that ends a turn. */
  silenceMs?: number | undefined;
}

export interface LiveOptions extends Omit<RequestOptions, 'deadlineMs' | 'priority'> {
  /** ISO 639-1. */
  language?: string | undefined;
  prompt?: string | undefined;
  /**
   * `auto`, the default: a WAV, WebM or Ogg file as it is written, recognised by its first bytes. Samples as numbers, in a
   * Float32Array, have the rate of `f32`.
   */
  format?: 'auto' | RawFormat;
  /** Null: turns end where {@link LiveTranscription.endTurn} says so. */
  turns?: TurnOptions | null;
  /** From {@link LiveSpeech.takeLiveSlot}; by default one is taken. */
  slot?: LiveSlot;
}

/** The right to one live session, until it is disposed of. */
export interface LiveSlot extends Disposable {
  /** Aborted when the service stops: a session then ends after the turn that is being spoken. */
  readonly stopping: AbortSignal;
}

/** Seconds count from the beginning of the sound. */
export type LiveEvent =
  | { kind: 'speech-started'; seconds: number }
  | { kind: 'speech-stopped'; seconds: number }
  /** Words of the turn: `stable` follows earlier stable text and is never taken back; `tentative` follows it for now. */
  | { kind: 'words'; stable: string; tentative: string }
  | LiveTurn;

/** A turn that is done. Its text begins with all its stable words. */
export interface LiveTurn {
  kind: 'turn';
  text: string;
  start: number;
  end: number;
  tokens: number[];
  averageLogProbability: number;
  /** Whether the client ended it, and not a silence. */
  byClient: boolean;
}

/**
 * One live sound. Its events are for one reader; it ends after {@link end} when all that was said is told, and rejects
 * with the SandpiperError that ended it.
 */
export interface LiveTranscription extends AsyncIterable<LiveEvent>, Disposable {
  /**
   * Writes the next part of the sound. Resolves when there is room for more, which takes longer where the sound comes
   * faster than it is transcribed.
   * @throws SandpiperError what has ended the transcription, or `unusable-input`, `unsupported-media`, `input-too-large`
   */
  write(sound: Uint8Array | Float32Array): Promise<void>;
  /** Seconds of sound since the last {@link endTurn} or {@link clear}. */
  readonly pendingSeconds: number;
  /** Ends the turn here. */
  endTurn(): void;
  /** Discards the sound since the last end of a turn. */
  clear(): void;
  /** Changes how turns end from now on. */
  detectTurns(turns: TurnOptions | null): void;
  /** Says that the sound is over. */
  end(): Promise<void>;
  /** Ends the session with this error, which its reader gets after the events that are there. */
  fail(reason: unknown): void;
  /** Ends the session after the turn that is being spoken. */
  finish(): void;
}

/** A live sound: chunks of a file, or of samples. */
export type LiveInput = AsyncIterable<Uint8Array | Float32Array> | ReadableStream<Uint8Array | Float32Array>;

/** The part of the transport-free core for live speech. */
export interface LiveSpeech {
  /** @throws SandpiperError `over-capacity`, `not-ready` */
  takeLiveSlot(options?: { client?: string | undefined }): LiveSlot;
  /** @throws SandpiperError `not-found`, `invalid-request`, `unsupported-request`, `over-capacity`, `not-ready` */
  openLive(model: string, options?: LiveOptions): LiveTranscription;
  /**
   * Transcribes a sound as it comes: {@link openLive} for a caller that has the sound as a stream.
   * @throws SandpiperError as {@link openLive}, and as the transcription itself
   */
  transcribeLive(model: string, sound: LiveInput, options?: LiveOptions): AsyncGenerator<LiveEvent, void>;
  /** Whether a file that begins so, by 64 bytes or more, is decoded as it comes; others are as a whole. */
  decodesLive(head: Uint8Array): boolean;
}
