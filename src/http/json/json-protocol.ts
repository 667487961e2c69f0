/** Messages between the main thread and the JSON thread. */
import type { PlainError } from '../../errors.ts';
import type { JsonArguments, JsonResult, JsonTask } from './json-tasks.ts';

export interface JsonOrder<Task extends JsonTask = JsonTask> {
  readonly order: number;
  readonly task: Task;
  readonly args: JsonArguments<Task>;
}

export type JsonReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly order: number; readonly result: JsonResult<JsonTask> }
  /** With the `field` of a RequestFieldError. */
  | {
      readonly kind: 'failed';
      readonly order: number;
      readonly error: PlainError;
      readonly field: string | undefined;
    };
