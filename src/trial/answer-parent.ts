/** The child's side of a trial: reads the input, does the work, writes the answer and exits. */
import { writeSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { deserialize, serialize } from 'node:v8';
import { toPlainError } from '../errors.ts';
import { ANSWER_FD, type TrialEnd } from './run-trial.ts';

/** @param work may be asynchronous; an error that it throws is answered as such */
export async function answerParent(work: (input: unknown) => unknown): Promise<never> {
  const end = await attempt(work);
  const bytes = serialize(end);
  for (let at = 0; at < bytes.length;) at += writeSync(ANSWER_FD, bytes, at);
  // Compiler threads may still be at work; their results are not needed.
  process.exit(0);
}

async function attempt(work: (input: unknown) => unknown): Promise<TrialEnd<unknown>> {
  try {
    return { kind: 'answer', answer: await work(deserialize(await buffer(process.stdin))) };
  } catch (error) {
    // V8 throws for some failed allocations, and aborts the process for the rest.
    if (error instanceof RangeError && /allocat/i.test(error.message)) return { kind: 'over-memory' };
    return { kind: 'error', error: toPlainError(error) };
  }
}
