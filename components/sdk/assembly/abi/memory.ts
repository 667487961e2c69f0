/**
 * Memory that crosses the component's boundary.
 *
 * The host asks for memory through `cabi_realloc` whenever it passes a list or a string in. Each
 * such block is an ordinary garbage-collected ArrayBuffer here, so that a list can be used without a
 * copy. `received` keeps the blocks alive until the value they belong to has been read.
 *
 * Strings are UTF-16 on both sides (the component is embedded with that encoding), which is how
 * AssemblyScript stores them: no transcoding inside the sandbox.
 */

const received: ArrayBuffer[] = [];

/** Blocks that a result of this component points into. Its instance is dropped after the call. */
const kept: ArrayBuffer[] = [];

/** Where an imported function leaves a result that does not fit into one value. 32 bytes. */
export const returnArea: usize = memory.data(32, 8);

/** Where an exported function leaves its result. 32 bytes. */
export const resultArea: usize = memory.data(32, 8);

/** Canonical ABI: gives the host `size` bytes, with the contents of an earlier block if there is one. */
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  const buffer = new ArrayBuffer(<i32>size);
  const pointer = changetype<usize>(buffer);
  if (old != 0) memory.copy(pointer, old, min(oldSize, size));
  received.push(buffer);
  return pointer;
}

/** The bytes of a list that the host passed in; not a copy. */
export function takeBuffer(pointer: usize, byteLength: usize): ArrayBuffer {
  for (let i = received.length - 1; i >= 0; i--) {
    const buffer = received[i];
    if (changetype<usize>(buffer) == pointer && buffer.byteLength == <i32>byteLength) return buffer;
  }
  // An empty list may come without a block.
  const copy = new ArrayBuffer(<i32>byteLength);
  memory.copy(changetype<usize>(copy), pointer, byteLength);
  return copy;
}

/** A string that the host passed in; `units` is its length in UTF-16 code units. */
export function takeString(pointer: usize, units: usize): string {
  return String.UTF16.decodeUnsafe(pointer, units << 1);
}

/** Lets go of what the host passed in. Call it once everything has been taken. */
export function forgetReceived(): void {
  received.length = 0;
}

/** A block of `size` bytes for a part of an exported function's result. */
export function keepBlock(size: usize): usize {
  const buffer = new ArrayBuffer(<i32>size);
  kept.push(buffer);
  return changetype<usize>(buffer);
}

/** Writes a string's pointer and length at `at`, for an exported function's result. */
export function storeString(at: usize, text: string): void {
  const bytes = (<usize>text.length) << 1;
  const block = keepBlock(bytes);
  memory.copy(block, changetype<usize>(text), bytes);
  store<usize>(at, block);
  store<usize>(at, text.length, 4);
}
