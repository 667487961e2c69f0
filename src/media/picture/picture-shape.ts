/** Facts of a picture that are read from the file's structure, without a decoder. */
export interface PictureShape {
  /** In pixels as stored, before any rotation. */
  width: number;
  height: number;
  /**
   * Cost of decoding in pixels of a plain JPEG (about 10 ns each), over all passes. Infinity if the structure does not
   * bound it.
   */
  work: number;
  /** Length of the file up to the end of the picture; the rest need not be decoded. */
  end: number;
}
