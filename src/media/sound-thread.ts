/** Entry of a thread on which sounds are decoded, one at a time; {@link SoundDecoder} owns and ends it. */
import { parentPort, workerData } from 'node:worker_threads';
import { answerWithSamples } from './answer-with-samples.ts';
import { decodeWhole } from './sound/decode-whole.ts';
import { SoundPace } from './sound-pace.ts';
import type { SoundReply, SoundRequest } from './sound-protocol.ts';

const pace = new SoundPace((workerData as { cells: SoundPace['cells'] }).cells);
answerWithSamples(async ({ bytes, sampleRate, bounds }: SoundRequest) =>
  decodeWhole(bytes, sampleRate, bounds, pace.step),
);
parentPort?.postMessage({ kind: 'ready' } satisfies SoundReply);
