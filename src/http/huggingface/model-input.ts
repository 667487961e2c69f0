import type { Request, Response } from 'express';
import type { ServiceLimits } from '../../config/limits.ts';
import { alignedBuffer } from '../../codecs/json-tensor.ts';
import { looksLikeJson } from '../json/json-body.ts';
import type { Waiter } from '../../async/semaphore.ts';
import { runJson } from '../json/run-json.ts';
import { isMultipart, readMultipart } from '../body/multipart-body.ts';
import { bodyTooLarge, readBody } from '../body/request-body.ts';
import { RequestFieldError } from '../exchange/request-field-error.ts';
import { readModelJson } from './model-json.ts';

export interface ModelInput {
  readonly file: Uint8Array;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Most bytes that base64, keys and parameters add to a file. */
export function jsonFramingBytes(fileBytes: number): number {
  return Math.ceil(fileBytes / 3) + 64 * 1024;
}

/**
 * Reads a request in any of the forms that clients use: the bare file with any or no Content-Type, a
 * multipart form with the field `file`, or `{"inputs": base64, "parameters": {…}}`. Parameters may also be
 * in the URL's query, since clients drop those of a bare file.
 *
 * @throws SandpiperError `invalid-request`, `input-too-large`, `client-gone`
 */
export async function readModelInput(
  request: Request,
  response: Response,
  limits: ServiceLimits,
  caller: Waiter,
): Promise<ModelInput> {
  const maxBytes = limits.uploadBytes;
  const query = fromTexts(Object.entries(request.query));
  if (isMultipart(request)) {
    const { file, fields } = await readMultipart(request, response, 'file', maxBytes);
    if (file === undefined) throw new RequestFieldError('file', 'Send the file in the form\'s field "file".');
    if (file.length === 0) throw new RequestFieldError('file', 'The file is empty.');
    return { file, parameters: { ...query, ...fromTexts(fields) } };
  }
  const isJson = saysJson(request);
  const framingBytes = isJson ? jsonFramingBytes(maxBytes) : 0;
  return readBody(request, response, {
    maxBytes,
    framingBytes,
    use: async (body) => {
      if (!isJson && !looksLikeJson(body)) return { file: body, parameters: query };
      const { file, parameters } = await runJson(
        readModelJson,
        [new Uint8Array(alignedBuffer(body))],
        caller,
        limits,
      );
      if (file.length > maxBytes) throw bodyTooLarge(maxBytes);
      return { file, parameters: { ...query, ...parameters } };
    },
  });
}

export function saysJson(request: Request): boolean {
  return /^application\/(\w+\+)?json\b/i.test(request.get('content-type') ?? '');
}

/** Converts text fields of a query or form to numbers and booleans, as in JSON. */
function fromTexts(fields: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  return Object.fromEntries(
    Array.from(fields, ([name, value]) => {
      if (value === 'true' || value === 'false') return [name, value === 'true'];
      return [name, typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value];
    }),
  );
}
