/** One run of a bare graph for a client: everything that it takes comes along, and nothing stays. */
import type { MessagePort } from 'node:worker_threads';
import type { BareTensor, ClientAnswer, ClientQuestion } from '../bridge/client-protocol.ts';
import { monotonicMs } from '../bridge/clock.ts';
import { messageOf } from '../errors.ts';
import { freeBytes } from '../free-bytes.ts';
import type { EngineGraph } from './backend.ts';
import { EngineError } from './engine-error.ts';

export async function answerClient(
  port: MessagePort,
  question: ClientQuestion,
  graph: EngineGraph | undefined,
): Promise<void> {
  const { call } = question;
  try {
    // What nobody waits for any more is not begun: a run cannot be taken back.
    if (monotonicMs() >= question.deadline)
      throw new EngineError('timeout', 'The deadline of the request has passed.');
    if (graph === undefined) throw new EngineError('not-found', 'The graph is no longer loaded.');
    const started = performance.now();
    const outputs = await graph.infer(question.inputs, question.outputs, question.limits.allBytes);
    const runMs = performance.now() - started;
    assertSizes(outputs, question.limits);
    const buffers = new Set(outputs.map(({ bytes }) => bytes.buffer as ArrayBuffer));
    port.postMessage({ call, kind: 'outputs', outputs, runMs } satisfies ClientAnswer, [...buffers]);
  } catch (error) {
    const code = error instanceof EngineError ? error.code : 'runtime-error';
    port.postMessage({ call, kind: 'error', code, message: messageOf(error) } satisfies ClientAnswer);
  } finally {
    for (const { bytes } of question.inputs) freeBytes(bytes);
  }
}

function assertSizes(
  outputs: readonly BareTensor[],
  { tensorBytes, allBytes }: ClientQuestion['limits'],
): void {
  for (const { name, bytes } of outputs) {
    if (bytes.byteLength > tensorBytes)
      throw tooLarge(
        `Output "${name}" takes ${bytes.byteLength} bytes, over the limit tensorBytes of ${tensorBytes}.`,
      );
  }
  const total = outputs.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  if (total > allBytes)
    throw tooLarge(`The outputs take ${total} bytes, and the limit requestTensorBytes leaves ${allBytes}.`);
}

function tooLarge(message: string): EngineError {
  return new EngineError('too-large', message);
}
