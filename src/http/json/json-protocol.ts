/** What the main thread and the JSON thread say to one another. */
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
  /** `field` where the conventions have a place for it: see RequestFieldError. */
  | {
      readonly kind: 'failed';
      readonly order: number;
      readonly error: PlainError;
      readonly field: string | undefined;
    };
