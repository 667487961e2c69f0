/** Bytes, or where they come from: a Blob or File, a stream of chunks, or a file by its path. */
export type FileInput =
  Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | string | URL;
