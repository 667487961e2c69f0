/**
 * Why a request cannot be answered.
 *
 * AssemblyScript has no exceptions to catch, so a function that can fail returns null and has said
 * why through `fail`. An instance answers one request, so there is one failure: the first one.
 *
 *     const context = openGraph('model');
 *     if (!context) return null;
 */
import { errorCode, errorData } from './abi/imports/wasi-nn';
import { forgetReceived, returnArea, storeString, takeString } from './abi/memory';

/** The cases of `failures.failure`, in the order of the contract. */
export enum FailureKind {
  /** The caller's input cannot be used. */
  InvalidInput,
  /** The caller asks for what this model cannot do. */
  Unsupported,
  /** wasi:nn answered with an error. */
  Inference,
  /** Anything else, such as a wrong configuration. */
  Internal,
}

/** The cases of `errors.error-code` of wasi:nn, in its order. */
export enum ErrorCode {
  InvalidArgument,
  InvalidEncoding,
  Timeout,
  RuntimeError,
  UnsupportedOperation,
  TooLarge,
  NotFound,
  Security,
  Unknown,
}

let raised: bool = false;
let kind: FailureKind = FailureKind.Internal;
let code: u32 = ErrorCode.Unknown;
let message: string = 'the component gave neither an answer nor a reason';

/** Says why there will be no answer. A second call changes nothing. */
export function fail(why: FailureKind, text: string): void {
  if (raised) return;
  raised = true;
  kind = why;
  message = text;
}

/** Carries an error of wasi:nn on unchanged, its code and its message. */
export function failInference(error: u32): void {
  if (raised) return;
  code = errorCode(error);
  errorData(error, returnArea);
  fail(FailureKind.Inference, takeString(load<usize>(returnArea), load<usize>(returnArea, 4)));
  forgetReceived();
}

/** Whether `fail` has been called. */
export function failed(): bool {
  return raised;
}

/** Writes the failure at `at`, as the canonical ABI lays the variant out: 16 bytes. Private to the SDK. */
export function storeFailure(at: usize): void {
  store<u8>(at, <u8>kind);
  if (kind != FailureKind.Inference) {
    storeString(at + 4, message);
    return;
  }
  store<u8>(at, <u8>code, 4);
  storeString(at + 8, message);
}
