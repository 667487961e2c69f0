import { SandpiperError } from '../../errors.ts';
import { parseJsonBody } from '../json/json-body.ts';
import { RequestFieldError, checkFields } from '../exchange/request-field-error.ts';
import { modelInputSchema } from './schemas.ts';

/** Parameters in JSON: there are three, and each is short. */
const maxParameterBytes = 16 * 1024;

/** What is in `{"inputs": base64, "parameters": {…}}`. */
export interface ModelJson {
  /** Alone in its buffer. */
  readonly file: Uint8Array<ArrayBuffer>;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/**
 * @throws SandpiperError `invalid-request`
 */
export function readModelJson(json: Uint8Array): ModelJson {
  const { inputs, parameters = {} } = checkFields(modelInputSchema, parseJsonBody(json));
  if (JSON.stringify(parameters).length > maxParameterBytes) {
    throw new RequestFieldError(
      'parameters',
      `Field "parameters": expected at most ${maxParameterBytes} bytes.`,
    );
  }
  return { file: decodeBase64(inputs), parameters };
}

/** White space between digits is none of them. */
function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    const file = Uint8Array.fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'));
    if (file.byteLength > 0) return file;
  } catch (error) {
    if (!(error instanceof SyntaxError))
      throw new SandpiperError('internal', String(error), { cause: error });
  }
  throw new RequestFieldError('inputs', 'Field "inputs": expected the file in base64.');
}
