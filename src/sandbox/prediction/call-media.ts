/** Sounds and pictures of a request that its component may read during the call. */

/** A client's picture as it was decoded, kept on the host's side. */
export interface KeptPicture {
  /** Size of `pixels`, which may be scaled down. */
  width: number;
  height: number;
  /** RGB, rows from top to bottom without padding. */
  pixels: Uint8Array<ArrayBuffer>;
  /** The client's own picture, in whose pixels regions are named. */
  originalWidth: number;
  originalHeight: number;
}

/** Values by the name of their input, in the order of a repeated one. */
export interface CallMedia {
  /** Mono samples; of a contract that knows one sound, by the name `''`. */
  readonly sounds: ReadonlyMap<string, readonly Float32Array<ArrayBuffer>[]>;
  readonly pictures: ReadonlyMap<string, readonly KeptPicture[]>;
}
