/** Entry of a thread that decodes one sound as it comes; {@link ContainerDecoder} owns and ends it. */
import { parentPort, workerData } from 'node:worker_threads';
import { toPlainError, type PlainError } from '../../errors.ts';
import { ContainerStream } from '../sound/container-stream.ts';

/** The next bytes; undefined: no more come. */
export type LiveSoundRequest = Uint8Array | undefined;

/** One for each request. */
export type LiveSoundReply =
  { kind: 'samples'; samples: Float32Array<ArrayBuffer> } | { kind: 'failed'; error: PlainError };

// The codecs print about every damaged packet, and a client's file shall not be able to fill the log.
for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) console[method] = () => undefined;

const port = parentPort;
if (port === null) throw new Error('This file is the entry of a worker thread');
const stream = new ContainerStream((workerData as { sampleRate: number }).sampleRate);

port.on('message', (bytes: LiveSoundRequest) => {
  void answer(bytes);
});

async function answer(bytes: LiveSoundRequest): Promise<void> {
  try {
    const samples = await (bytes === undefined ? stream.end() : stream.push(bytes));
    reply({ kind: 'samples', samples }, [samples.buffer]);
  } catch (thrown) {
    reply({ kind: 'failed', error: toPlainError(thrown, 'unusable-input') });
  }
}

function reply(message: LiveSoundReply, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}
