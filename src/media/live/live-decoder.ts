export interface LiveDecoder extends Disposable {
  /**
   * Mono samples that the next bytes complete, at the rate that was asked for.
   * @throws SandpiperError `unsupported-media`, `unusable-input`
   */
  push(bytes: Uint8Array): Promise<Float32Array> | Float32Array;
  /** The rest, after the last byte. @throws SandpiperError `unusable-input` */
  end(): Promise<Float32Array> | Float32Array;
}
