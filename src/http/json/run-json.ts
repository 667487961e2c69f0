/**
 * Reads and writes JSON without holding up everybody else.
 *
 * Purpose: megabytes of JSON take hundreds of milliseconds to parse, check and turn into numbers, in which nobody else
 * would be answered.
 * Guarantees: what is short and simple is done at once, in a few milliseconds at most. All else is done on one thread
 * beside, one task at a time, in a round of the clients that ask: a crowd of one delays itself. A task that takes
 * longer than `jsonMs` ends with its thread, and the next one gets another.
 * Ownership: one thread for the process, started for the first long text; it keeps no process alive.
 */
import type { ServiceLimits } from '../../config/limits.ts';
import { Semaphore, type Waiter } from '../../async/semaphore.ts';
import { JSON_TASKS, type JsonArguments, type JsonResult, type JsonTask } from './json-tasks.ts';
import { JsonWorker } from './json-worker.ts';
import { surveyJson } from './survey-json.ts';

/** Bytes that are read at once: the worst of them take about ten milliseconds. */
export const INLINE_BYTES = 64 * 1024;
/** Names of objects, which may be made to collide, among what is read at once. */
const INLINE_MEMBERS = 1_024;

const one = new Semaphore(1);
let worker: JsonWorker | undefined;

/**
 * @param args the first of them are the bytes, alone in their buffer, which is given away
 * @throws SandpiperError what the task throws; `input-too-large`; the signal's reason
 */
export async function runJson<Task extends JsonTask>(
  task: Task,
  args: JsonArguments<Task>,
  waiter: Waiter,
  { jsonMs }: Pick<ServiceLimits, 'jsonMs'>,
): Promise<JsonResult<Task>> {
  if (isShort(task, args[0])) {
    const work = JSON_TASKS[task] as (...given: JsonArguments<Task>) => JsonResult<Task>;
    return work(...args);
  }
  return one.run(async () => runBeside(task, args, jsonMs), waiter);
}

function isShort(task: JsonTask, bytes: Uint8Array): boolean {
  if (bytes.byteLength > INLINE_BYTES) return false;
  return task === 'writeTensor' || surveyJson(bytes).members <= INLINE_MEMBERS;
}

async function runBeside<Task extends JsonTask>(
  task: Task,
  args: JsonArguments<Task>,
  jsonMs: number,
): Promise<JsonResult<Task>> {
  if (worker === undefined || worker.ended) worker = new JsonWorker();
  return worker.run(task, args, jsonMs);
}
