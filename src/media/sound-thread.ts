/** Entry of a thread on which sounds are decoded, one at a time; {@link SoundDecoder} owns and ends it. */
import { parentPort, workerData } from 'node:worker_threads';
import { toPlainError } from '../errors.ts';
import { decodeWhole } from './sound/decode-whole.ts';
import { SoundPace } from './sound-pace.ts';
import type { SoundReply, SoundRequest } from './sound-protocol.ts';

// The codecs print about every damaged packet, and a client's file shall not be able to fill the log.
for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) console[method] = () => undefined;

const port = parentPort;
if (port === null) throw new Error('This file is the entry of a worker thread');
const pace = new SoundPace((workerData as { cells: SoundPace['cells'] }).cells);

port.on('message', (request: SoundRequest) => {
  void answer(request);
});
reply({ kind: 'ready' });

async function answer({ bytes, sampleRate, bounds }: SoundRequest): Promise<void> {
  try {
    const samples = await decodeWhole(bytes, sampleRate, bounds, pace.step);
    reply({ kind: 'decoded', samples }, [samples.buffer]);
  } catch (thrown) {
    reply({ kind: 'failed', error: toPlainError(thrown, 'unusable-input') });
  }
}

function reply(message: SoundReply, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}
