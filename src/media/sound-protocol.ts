/** Frames between the door ({@link SoundDecoder}) and its thread. */
import type { PlainError } from '../errors.ts';

/** To the thread: decode this. */
export interface SoundRequest {
  call: number;
  bytes: Uint8Array<ArrayBuffer>;
  /** Hertz of the samples that are wanted. */
  sampleRate: number;
  longestSeconds: number;
}

/** From the thread: once that it runs, then one answer for every request. */
export type SoundReply =
  | { kind: 'ready' }
  | { kind: 'decoded'; call: number; samples: Float32Array<ArrayBuffer> }
  | { kind: 'failed'; call: number; error: PlainError };
