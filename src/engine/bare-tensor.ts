/** A tensor that a client brings or gets, past every component; the graph says what its elements are. */
export interface BareTensor {
  name: string;
  /** A scalar has none. */
  dimensions: readonly number[];
  /** Row-major little-endian elements, BOOL one byte of 0 or 1, strings as byte-elements.ts packs them. */
  bytes: Uint8Array;
}
