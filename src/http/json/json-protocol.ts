/** Messages between the main thread and the JSON thread. */
import type { PlainError } from '../../errors.ts';

export interface JsonOrder {
  /** The task, as a `JsonTask` names itself. */
  readonly module: string;
  readonly name: string;
  readonly args: readonly [bytes: Uint8Array<ArrayBuffer>, ...unknown[]];
}

export type JsonReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly result: unknown }
  /** With the `field` of a RequestFieldError. */
  | {
      readonly kind: 'failed';
      readonly error: PlainError;
      readonly field: string | undefined;
    };
