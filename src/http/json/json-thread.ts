/** The entry of the JSON thread: does one task after another. */
import { parentPort } from 'node:worker_threads';
import { toPlainError } from '../../errors.ts';
import { RequestFieldError } from '../exchange/request-field-error.ts';
import type { JsonOrder, JsonReply } from './json-protocol.ts';
import { JSON_TASKS, buffersOf, type JsonResult, type JsonTask } from './json-tasks.ts';

function reply(message: JsonReply, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

parentPort?.on('message', ({ order, task, args }: JsonOrder) => {
  try {
    const work = JSON_TASKS[task] as (...given: unknown[]) => JsonResult<JsonTask>;
    const result = work(...args);
    reply({ kind: 'done', order, result }, buffersOf(result));
  } catch (thrown) {
    const field = thrown instanceof RequestFieldError ? thrown.field : undefined;
    reply({ kind: 'failed', order, error: toPlainError(thrown), field });
  }
});
reply({ kind: 'ready' });
