/** WIT's `result` as the generated glue takes it from a host function. A thrown error is a trap. */
export type Result<Value, Failure> = { tag: 'ok'; val: Value } | { tag: 'err'; val: Failure };

export function ok(): Result<undefined, never>;
export function ok<Value>(val: Value): Result<Value, never>;
export function ok(val?: unknown): Result<unknown, never> {
  return { tag: 'ok', val };
}

export function err<Failure>(val: Failure): Result<never, Failure> {
  return { tag: 'err', val };
}
