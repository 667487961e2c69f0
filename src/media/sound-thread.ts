/** Entry of a thread on which sounds are decoded, one at a time; {@link SoundDecoder} owns and ends it. */
import { parentPort, workerData } from 'node:worker_threads';
import { answerWithSamples, type SamplesReply } from './answer-with-samples.ts';
import { decodeWhole } from './sound/decode-whole.ts';
import { SoundPace } from './sound-pace.ts';
import type { SoundBounds } from './sound/mono-sink.ts';

export interface SoundRequest {
  bytes: Uint8Array<ArrayBuffer>;
  /** Hertz of the samples that are wanted. */
  sampleRate: number;
  bounds: SoundBounds;
}

/** From the thread: once that it runs, then one answer for every request. */
export type SoundReply = { kind: 'ready' } | SamplesReply;

const pace = new SoundPace((workerData as { cells: SoundPace['cells'] }).cells);
answerWithSamples(async ({ bytes, sampleRate, bounds }: SoundRequest) =>
  decodeWhole(bytes, sampleRate, bounds, pace.step),
);
parentPort?.postMessage({ kind: 'ready' } satisfies SoundReply);
