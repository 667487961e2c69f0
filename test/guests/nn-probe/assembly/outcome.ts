/** Writes outcomes as the canonical ABI lays `variant outcome` out: the case at 0, its value from 4 on. */
import { keepBlock, returnArea } from '../../../../components/sdk/assembly/abi/memory';
import { dropError, errorCode, errorData } from './abi/wasi-nn';

/** Bytes of one outcome in a list: the largest is that of facts, which older releases have none of. */
export const OUTCOME_SIZE: usize = isDefined(NN_OLDER) ? 16 : 28;

/** The cases, in the order of the contract. */
enum Outcome {
  Done,
  Failed,
  Outputs,
  Dimensions,
  Type,
  Data,
  Facts,
}

export function storeDone(at: usize): void {
  store<u8>(at, Outcome.Done);
}

export function storeType(at: usize, type: u32): void {
  store<u8>(at, Outcome.Type);
  store<u8>(at, <u8>type, 4);
}

/** The list that a host function just left in the return area. */
export function storeDimensions(at: usize): void {
  storeReturned(at, Outcome.Dimensions);
}

/** The list that a host function just left in the return area. */
export function storeData(at: usize): void {
  storeReturned(at, Outcome.Data);
}

/** The record that a host function just left in the return area: three lists. */
export function storeFacts(at: usize): void {
  store<u8>(at, Outcome.Facts);
  memory.copy(at + 4, returnArea, 24);
}

function storeReturned(at: usize, outcome: Outcome): void {
  store<u8>(at, outcome);
  store<u64>(at, load<u64>(returnArea), 4);
}

/** The error's code and message; the error itself is dropped. */
export function storeFailed(at: usize, error: u32): void {
  store<u8>(at, Outcome.Failed);
  store<u8>(at, <u8>errorCode(error), 4);
  errorData(error, returnArea);
  store<u64>(at, load<u64>(returnArea), 8);
  dropError(error);
}

/** The names in a list of named tensors, which the host left in memory of ours. */
export function storeOutputs(at: usize, tensors: usize, count: u32): void {
  const names = keepBlock((<usize>count) << 3);
  for (let i: u32 = 0; i < count; i++) {
    store<u64>(names + (i << 3), load<u64>(tensors + i * 12));
  }
  storeNames(at, names, count);
}

/** A list of names that stays where it is. */
export function storeNames(at: usize, names: usize, count: u32): void {
  store<u8>(at, Outcome.Outputs);
  store<usize>(at, names, 4);
  store<u32>(at, count, 8);
}
