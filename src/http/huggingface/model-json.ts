import { decodeBase64 } from '../../codecs/base64.ts';
import { parseJsonBody } from '../json/json-body.ts';
import type { JsonTask } from '../json/json-task.ts';
import { RequestFieldError, checkFields } from '../exchange/request-field-error.ts';
import { modelInputSchema } from './schemas.ts';

/** Most bytes of the parameters, which are few and short. */
const maxParameterBytes = 16 * 1024;

/** Contents of `{"inputs": base64, "parameters": {…}}`. */
export interface ModelJson {
  /** In a buffer of its own. */
  readonly file: Uint8Array<ArrayBuffer>;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export const readModelJson: JsonTask<[], ModelJson> = {
  module: import.meta.url,
  name: 'readModelJson',
  takes: 'json',
  work: toModelJson,
  buffersOf: ({ file }) => [file.buffer],
};

/** @throws SandpiperError `invalid-request` */
function toModelJson(json: Uint8Array): ModelJson {
  const { inputs, parameters = {} } = checkFields(modelInputSchema, parseJsonBody(json));
  if (JSON.stringify(parameters).length > maxParameterBytes) {
    throw new RequestFieldError(
      'parameters',
      `Field "parameters": expected at most ${maxParameterBytes} bytes.`,
    );
  }
  return { file: readBase64File(inputs), parameters };
}

/** Takes either alphabet, and ignores white space. @throws RequestFieldError */
export function readBase64File(text: string, field = 'inputs'): Uint8Array<ArrayBuffer> {
  const encoded = text.replace(/^data:[^,]{0,100};base64,/, '');
  const file = decodeBase64(encoded, /[-_]/.test(encoded) ? 'base64url' : 'base64');
  if (file !== undefined && file.byteLength > 0) return file;
  const link = /^https?:/i.test(text)
    ? ', got a link, of which nothing is fetched: send what it leads to'
    : '';
  throw new RequestFieldError(field, `Field "${field}": expected the file in base64${link}.`);
}
