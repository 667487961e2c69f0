/** Appends samples to one growing buffer, so that many small pieces cost no more than a few large ones. */
export class SampleStore {
  readonly #most: number;
  #samples = new Float32Array(16_384);
  #length = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get length(): number {
    return this.#length;
  }

  add(piece: Float32Array): void {
    const length = this.#length + piece.length;
    if (length > this.#samples.length) {
      const larger = Math.max(length, Math.min(2 * length, this.#most));
      this.#samples = new Float32Array(this.#samples.buffer.transfer(larger * 4));
    }
    this.#samples.set(piece, this.#length);
    this.#length = length;
  }

  /** Removes and returns all samples in a buffer of exactly their size. */
  take(): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#samples.buffer.transfer(this.#length * 4));
  }
}
