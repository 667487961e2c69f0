/** Signatures of files that are mistaken for ONNX models: offset, signature, message. */
const SIGNATURES: readonly (readonly [number, string, string])[] = [
  [
    0,
    'version https://git-lfs',
    'The file is a Git LFS pointer, not the model itself: fetch it with `git lfs pull`.',
  ],
  [0, 'PK\x03\x04', 'The file is a zip archive, not an ONNX model.'],
  [0, '\x1f\x8b', 'The file is compressed with gzip: unpack it first.'],
  [0, '\0asm', 'The file is WebAssembly, not an ONNX model.'],
  [0, 'GGUF', 'The file is a GGUF model, not an ONNX model.'],
  [4, 'TFL3', 'The file is a TensorFlow Lite model, not an ONNX model.'],
  // ONNX Runtime would read such a file with another loader, whatever else it is.
  [4, 'ORTM', 'The file is in the ORT format: only ONNX files are served.'],
];

const WEB_PAGE = /^\s*<(!doctype|html|\?xml)/i;
const JSON_TEXT = /^\s*[{[]\s*"/;
const MAX_BEGINNING = 64;

/** Says what the bytes are if they are clearly no ONNX model; otherwise `undefined`. */
export function whatElseItIs(bytes: Uint8Array): string | undefined {
  if (bytes.byteLength === 0) return 'The file is empty.';
  const beginning = Buffer.from(bytes.subarray(0, MAX_BEGINNING)).toString('latin1');
  if (WEB_PAGE.test(beginning)) return 'The file is a web page, not an ONNX model.';
  if (JSON_TEXT.test(beginning)) return 'The file is JSON, not an ONNX model.';
  return SIGNATURES.find(([offset, signature]) => beginning.startsWith(signature, offset))?.[2];
}
