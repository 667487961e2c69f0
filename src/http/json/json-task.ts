/** Tasks of the JSON thread, and its messages. */
import type { PlainError } from '../../errors.ts';

/** A pure function that reads or writes JSON: the main thread calls it, or the JSON thread for long texts. */
export interface JsonTask<Rest extends readonly unknown[], Result> {
  /** The module that exports the task, by its URL, and the name it exports it by: so the JSON thread finds it. */
  readonly module: string;
  readonly name: string;
  readonly takes: 'json' | 'binary';
  readonly work: (bytes: Uint8Array<ArrayBuffer>, ...rest: Rest) => Result;
  /** Buffers of a result that belong to it alone, and are moved with it instead of copied. */
  readonly buffersOf: (result: Result) => ArrayBuffer[];
}

/** A task whose types are those of one that was chosen by its name. */
export type AnyJsonTask = JsonTask<unknown[], unknown>;

/** To the JSON thread. */
export interface JsonOrder extends Pick<AnyJsonTask, 'module' | 'name'> {
  readonly args: readonly [bytes: Uint8Array<ArrayBuffer>, ...unknown[]];
}

/** From the JSON thread. */
export type JsonReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly result: unknown }
  /** With the `field` of a RequestFieldError. */
  | { readonly kind: 'failed'; readonly error: PlainError; readonly field: string | undefined };
