/** Entry of a thread that decodes one sound as it comes; {@link ContainerDecoder} owns and ends it. */
import { workerData } from 'node:worker_threads';
import { answerWithSamples } from '../answer-with-samples.ts';
import { ContainerStream } from '../sound/container-stream.ts';

/** The next bytes; undefined: no more come. */
export type LiveSoundRequest = Uint8Array | undefined;

const stream = new ContainerStream((workerData as { sampleRate: number }).sampleRate);
answerWithSamples(async (bytes: LiveSoundRequest) =>
  bytes === undefined ? stream.end() : stream.push(bytes),
);
