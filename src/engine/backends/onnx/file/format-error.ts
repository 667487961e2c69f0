import { EngineError } from '../../../engine-error.ts';

/** The bytes are no ONNX model, or one that Sandpiper does not read. The message is one sentence that says what was found. */
export class OnnxFormatError extends EngineError {
  override readonly name = 'OnnxFormatError';

  constructor(message: string) {
    super('invalid-encoding', message);
  }
}
