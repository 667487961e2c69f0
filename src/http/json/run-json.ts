/**
 * Reads and writes JSON without blocking the main thread.
 *
 * Purpose: megabytes of JSON take hundreds of milliseconds to parse, check and convert to numbers, during which no other
 * request would be answered.
 * Guarantees: short and simple JSON is handled at once, in a few milliseconds at most. All else runs on one other thread,
 * one task at a time, round-robin between clients. A task that takes longer than `jsonMs` is ended with its thread, and
 * the next task gets a new one.
 * Ownership: one thread for the process, started for the first long text; it does not keep the process alive.
 */
import type { ServiceLimits } from '../../config/limits.ts';
import { Semaphore, type Waiter } from '../../async/semaphore.ts';
import type { JsonTask } from './json-task.ts';
import { JsonThreadHandle } from './json-thread-handle.ts';
import { surveyJson } from './survey-json.ts';

/** Most bytes that are handled on the main thread: the worst case takes about ten milliseconds. */
export const INLINE_BYTES = 64 * 1024;
/** Most object members handled on the main thread: their names may be made to collide. */
const INLINE_MEMBERS = 1_024;
/** Most values handled there if integers among them must be exact, which takes a callback for each value. */
const INLINE_EXACT_VALUES = 1_024;

const one = new Semaphore(1);
let thread: JsonThreadHandle | undefined;

/**
 * @param args the first is the bytes in a buffer of their own, which is transferred
 * @throws SandpiperError the task's error; `input-too-large`; the signal's reason
 */
export async function runJson<Rest extends readonly unknown[], Result>(
  task: JsonTask<Rest, Result>,
  args: readonly [Uint8Array<ArrayBuffer>, ...Rest],
  waiter: Waiter,
  { jsonMs }: ServiceLimits,
): Promise<Result> {
  if (isShort(task.takes, args[0])) return task.work(...args);
  return one.run(async () => {
    if (thread === undefined || thread.ended) thread = new JsonThreadHandle();
    return thread.run(task, args, jsonMs);
  }, waiter);
}

function isShort(kind: 'json' | 'binary', bytes: Uint8Array): boolean {
  if (bytes.byteLength > INLINE_BYTES) return false;
  if (kind === 'binary') return true;
  const { members, commas, longIntegers } = surveyJson(bytes);
  return members <= INLINE_MEMBERS && (!longIntegers || commas <= INLINE_EXACT_VALUES);
}
