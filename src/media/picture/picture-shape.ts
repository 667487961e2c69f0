/** What a file's own structure tells of its picture, without a decoder. */
export interface PictureShape {
  /** In pixels, as they are stored. */
  width: number;
  height: number;
  /**
   * What decoding takes, in pixels of a plain JPEG (about 10 ns each): those of all passes, by the price of the
   * format. Infinity where the structure does not bound it.
   */
  work: number;
  /** Bytes of the file up to the end of the picture: what follows it is nothing that a decoder need see. */
  end: number;
}
