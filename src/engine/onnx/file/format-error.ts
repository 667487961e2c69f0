/**
 * The bytes are no ONNX model, or one that Sandpiper does not read. The message is one sentence that says
 * what was found; the caller turns it into an error of its own (wasi:nn: `invalid-encoding`).
 */
export class OnnxFormatError extends Error {
  override readonly name = 'OnnxFormatError';
}
