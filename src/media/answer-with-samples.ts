/** The message loop of the two kinds of threads that decode sounds. */
import { parentPort } from 'node:worker_threads';
import { toPlainError, type PlainError } from '../errors.ts';

export type SamplesReply =
  { kind: 'decoded'; samples: Float32Array<ArrayBuffer> } | { kind: 'failed'; error: PlainError };

/** Answers each message to this thread, one after the other, by what `decode` makes of it. */
export function answerWithSamples(decode: (request: never) => Promise<Float32Array<ArrayBuffer>>): void {
  // The codecs print about every damaged packet, and a client's file shall not be able to fill the log.
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) console[method] = () => undefined;

  const reply = (message: SamplesReply, transfer: ArrayBuffer[] = []): void =>
    parentPort?.postMessage(message, transfer);
  const answer = async (request: never): Promise<void> => {
    try {
      const samples = await decode(request);
      reply({ kind: 'decoded', samples }, [samples.buffer]);
    } catch (thrown) {
      reply({ kind: 'failed', error: toPlainError(thrown, 'unusable-input') });
    }
  };
  parentPort?.on('message', (request) => void answer(request as never));
}
