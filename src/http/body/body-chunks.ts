import { freeBytes } from '../../free-bytes.ts';

/** A body in the chunks that it came in, to be taken from its front piece by piece: what was taken is freed. */
export class BodyChunks {
  readonly #chunks: readonly Uint8Array[];
  #chunk = 0;
  #offset = 0;
  #left: number;

  constructor(chunks: readonly Uint8Array[]) {
    this.#chunks = chunks;
    this.#left = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Bytes that nobody has taken yet. */
  get left(): number {
    return this.#left;
  }

  /**
   * The next bytes, in memory of their own: it can be transferred, and its elements are aligned.
   * @param bytes at most {@link left}
   */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes > this.#left) throw new RangeError(`${bytes} bytes of ${this.#left}`);
    // Every byte is written below, so that none needs to be cleared; and no pool is shared with anybody.
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
