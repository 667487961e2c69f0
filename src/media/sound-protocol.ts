/** Messages between a {@link SoundDecoder} and its threads. */
import type { SamplesReply } from './answer-with-samples.ts';
import type { SoundBounds } from './sound/mono-sink.ts';

export interface SoundRequest {
  bytes: Uint8Array<ArrayBuffer>;
  /** Hertz of the samples that are wanted. */
  sampleRate: number;
  bounds: SoundBounds;
}

/** From the thread: once that it runs, then one answer for every request. */
export type SoundReply = { kind: 'ready' } | SamplesReply;
