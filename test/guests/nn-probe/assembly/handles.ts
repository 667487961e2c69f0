/** Handles by the names that the script gives them. They stay after the handle was consumed or dropped. */
import { takeString } from '../../../../components/sdk/assembly/abi/memory';

const handles = new Map<string, u32>();

/** No handle has this number: to use it is a trap. */
const NONE: u32 = 0x0fffffff;

/** Keeps a handle under the string whose pointer and length are at `name`. */
export function keep(name: usize, handle: u32): void {
  handles.set(textAt(name), handle);
}

/** Keeps an output under two strings joined. */
export function keepOutput(prefix: usize, name: usize, handle: u32): void {
  handles.set(textAt(prefix) + textAt(name), handle);
}

/** The handle under the string whose pointer and length are at `name`. */
export function find(name: usize): u32 {
  const text = textAt(name);
  return handles.has(text) ? handles.get(text) : NONE;
}

function textAt(at: usize): string {
  return takeString(load<usize>(at), load<usize>(at, 4));
}
