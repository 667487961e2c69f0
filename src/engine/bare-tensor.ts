/** A tensor that a client sends or receives without a component in between; the graph declares its element type. */
export interface BareTensor {
  name: string;
  /** Empty for a scalar. */
  dimensions: readonly number[];
  /** Row-major little-endian elements: BOOL is one byte of 0 or 1, strings are packed as byte-elements.ts does. */
  bytes: Uint8Array;
}
