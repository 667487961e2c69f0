/**
 * A core module's memory for its host functions: every access is checked against the memory's current size, and one that
 * is out of bounds is a {@link MemoryFault}, which becomes an errno of the guest's ABI.
 */

export class MemoryFault extends Error {}

const LITTLE_ENDIAN = true;

export class GuestMemory {
  #memory: WebAssembly.Memory | undefined;

  /** @param exported the module's export `memory`; ignored if it is no memory */
  attach(exported: unknown): void {
    if (exported instanceof WebAssembly.Memory) this.#memory = exported;
  }

  /** A view of the memory, valid until the guest runs again. @throws MemoryFault */
  bytes(pointer: number, length: number): Uint8Array<ArrayBuffer> {
    const [start, size] = [pointer >>> 0, length >>> 0];
    const buffer = this.#memory?.buffer;
    if (buffer === undefined || start + size > buffer.byteLength) {
      throw new MemoryFault(`${size} bytes at ${start} are not in the memory`);
    }
    return new Uint8Array(buffer, start, size);
  }

  /** @throws MemoryFault */
  view(pointer: number, length: number): DataView {
    const { buffer, byteOffset, byteLength } = this.bytes(pointer, length);
    return new DataView(buffer, byteOffset, byteLength);
  }

  /** @throws MemoryFault */
  u32(pointer: number): number {
    return this.view(pointer, 4).getUint32(0, LITTLE_ENDIAN);
  }

  /** @throws MemoryFault */
  setU32(pointer: number, value: number): void {
    this.view(pointer, 4).setUint32(0, value, LITTLE_ENDIAN);
  }

  /** @throws MemoryFault */
  setU64(pointer: number, value: bigint): void {
    this.view(pointer, 8).setBigUint64(0, value, LITTLE_ENDIAN);
  }

  /** A list of `count` u32. @throws MemoryFault */
  u32s(pointer: number, count: number): Uint32Array {
    const view = this.view(pointer, (count >>> 0) * 4);
    return Uint32Array.from({ length: count >>> 0 }, (_, i) => view.getUint32(4 * i, LITTLE_ENDIAN));
  }

  /** UTF-8 text; undefined if it is malformed. @throws MemoryFault */
  text(pointer: number, length: number): string | undefined {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.bytes(pointer, length));
    } catch (error) {
      if (error instanceof MemoryFault) throw error;
      return undefined;
    }
  }

  /** @throws MemoryFault */
  write(pointer: number, bytes: Uint8Array): void {
    this.bytes(pointer, bytes.byteLength).set(bytes);
  }
}
