/** The entry of the JSON thread: does one task after another. */
import { parentPort } from 'node:worker_threads';
import { toPlainError } from '../../errors.ts';
import { RequestFieldError } from '../exchange/request-field-error.ts';
import type { AnyJsonTask, JsonOrder, JsonReply } from './json-task.ts';

function reply(message: JsonReply, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

async function run({ module, name, args }: JsonOrder): Promise<void> {
  try {
    const tasks = (await import(module)) as Record<string, AnyJsonTask>;
    const task = tasks[name];
    if (task === undefined) throw new TypeError(`${module} exports no ${name}`);
    const result = task.work(...args);
    reply({ kind: 'done', result }, task.buffersOf(result));
  } catch (thrown) {
    const field = thrown instanceof RequestFieldError ? thrown.field : undefined;
    reply({ kind: 'failed', error: toPlainError(thrown), field });
  }
}

parentPort?.on('message', (order: JsonOrder) => void run(order));
reply({ kind: 'ready' });
