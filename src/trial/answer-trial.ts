/** The other end of a trial, in its process: reads the input, does the work, writes the answer and ends. */
import { writeSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { deserialize, serialize } from 'node:v8';
import { toPlainError } from '../errors.ts';
import { ANSWER_FD, type TrialEnd } from './run-trial.ts';

/** @param work may be asynchronous; what it throws is the answer too */
export async function answerTrial(work: (input: unknown) => unknown): Promise<never> {
  const end = await attempt(work);
  const bytes = serialize(end);
  for (let at = 0; at < bytes.length;) at += writeSync(ANSWER_FD, bytes, at);
  // Compilers on threads of their own may still be at work, and nobody needs them.
  process.exit(0);
}

async function attempt(work: (input: unknown) => unknown): Promise<TrialEnd<unknown>> {
  try {
    return { kind: 'answer', answer: await work(deserialize(await buffer(process.stdin))) };
  } catch (error) {
    // V8 reports some of what it cannot allocate to the work, and dies of the rest.
    if (error instanceof RangeError && /allocat/i.test(error.message)) return { kind: 'over-memory' };
    return { kind: 'error', error: toPlainError(error) };
  }
}
