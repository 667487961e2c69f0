/**
 * Memories of instances, used again by later instances of the same core module in this thread.
 *
 * Each page of a fresh memory costs a page fault when it is first touched: for a picture's tensors these take longer than
 * the component does. A memory that its instance did not grow is as it was once it is zeroed, so that nothing of
 * one request is seen by the next, its size included.
 */
import type { ImportedMemory } from '../guest-protocol.ts';

const PAGE_BYTES = 65_536;

export class RecycledMemories {
  #spare = new WeakMap<WebAssembly.Module, WebAssembly.Memory[]>();

  /** A memory that is all zeros. */
  take(module: WebAssembly.Module, wanted: ImportedMemory): WebAssembly.Memory {
    const memory = this.#spare.get(module)?.pop();
    if (memory === undefined) return new WebAssembly.Memory(wanted);
    new Uint8Array(memory.buffer).fill(0);
    return memory;
  }

  /** Takes back the memory of an instance that is never called again. */
  giveBack(module: WebAssembly.Module, memory: WebAssembly.Memory, { initial }: ImportedMemory): void {
    if (memory.buffer.byteLength !== initial * PAGE_BYTES) return;
    const spare = this.#spare.get(module);
    if (spare === undefined) this.#spare.set(module, [memory]);
    else spare.push(memory);
  }

  clear(): void {
    this.#spare = new WeakMap();
  }
}
