/** Bytes, or their source: a Blob or File, a stream of chunks, or the path of a file. */
export type FileInput =
  Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | string | URL;
