import { freeBytes } from '../../free-bytes.ts';

/** A body as received chunks, consumed from the front; consumed chunks are freed. */
export class BodyChunks {
  readonly #chunks: readonly Uint8Array[];
  #chunk = 0;
  #offset = 0;
  #left: number;

  constructor(chunks: readonly Uint8Array[]) {
    this.#chunks = chunks;
    this.#left = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Bytes that have not been taken. */
  get left(): number {
    return this.#left;
  }

  /**
   * Takes the next bytes as a new buffer, which can be transferred and is aligned for every element type.
   * @param bytes at most {@link left}
   */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes > this.#left) throw new RangeError(`${bytes} bytes of ${this.#left}`);
    // Uncleared, since every byte is written below, and outside Node's pool.
    const taken = Buffer.allocUnsafeSlow(bytes);
    for (let filled = 0; filled < bytes;) {
      const chunk = this.#chunks[this.#chunk] ?? new Uint8Array();
      const piece = chunk.subarray(this.#offset, this.#offset + bytes - filled);
      taken.set(piece, filled);
      filled += piece.byteLength;
      this.#offset += piece.byteLength;
      if (this.#offset === chunk.byteLength) {
        freeBytes(chunk);
        this.#chunk++;
        this.#offset = 0;
      }
    }
    this.#left -= bytes;
    return taken;
  }
}
