import type { Request, Response } from 'express';
import { looksLikeJson, parseJsonBody } from '../json-body.ts';
import { isMultipart, readMultipart } from '../multipart-body.ts';
import { bodyTooLarge, readBody } from '../request-body.ts';
import { RequestFieldError, checkFields } from '../request-field-error.ts';
import { modelInputSchema } from './schemas.ts';

/** What a client sends to a model: the file, and parameters that nobody has checked yet. */
export interface ModelInput {
  readonly file: Uint8Array;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What base64, keys and parameters may add to a file, in bytes. */
function jsonFramingBytes(fileBytes: number): number {
  return Math.ceil(fileBytes / 3) + 64 * 1024;
}

/**
 * Reads a request in any of the forms that clients use: the bare file with any or no Content-Type, a
 * multipart form with the field `file`, or `{"inputs": base64, "parameters": {…}}`. Parameters may also be
 * in the URL's query, because clients drop those of a bare file.
 *
 * @throws SandpiperError `invalid-request`, `input-too-large`, `client-gone`
 */
export async function readModelInput(
  request: Request,
  response: Response,
  maxBytes: number,
): Promise<ModelInput> {
  const query = fromTexts(Object.entries(request.query));
  if (isMultipart(request)) {
    const { file, fields } = await readMultipart(request, response, 'file', maxBytes);
    if (file === undefined) throw new RequestFieldError('file', 'Send the file in the form\'s field "file".');
    if (file.length === 0) throw new RequestFieldError('file', 'The file is empty.');
    return { file, parameters: { ...query, ...fromTexts(fields) } };
  }
  const saysJson = /^application\/(\w+\+)?json\b/i.test(request.get('content-type') ?? '');
  const body = await readBody(request, response, maxBytes, saysJson ? jsonFramingBytes(maxBytes) : 0);
  if (!saysJson && !looksLikeJson(body)) return { file: body, parameters: query };

  const { inputs, parameters } = checkFields(modelInputSchema, parseJsonBody(body));
  const file = decodeBase64(inputs);
  if (file.length > maxBytes) throw bodyTooLarge(maxBytes);
  return { file, parameters: { ...query, ...parameters } };
}

/** Query and form fields are text, where JSON has numbers and truth values. */
function fromTexts(fields: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  return Object.fromEntries(
    Array.from(fields, ([name, value]) => {
      if (value === 'true' || value === 'false') return [name, value === 'true'];
      return [name, typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value];
    }),
  );
}

function decodeBase64(text: string): Buffer {
  const file = Buffer.from(text, 'base64');
  const digits = text.replace(/[\s=]+/g, '').length;
  // Node skips what is no base64, and a file that is silently cut is worse than an error.
  if (file.length === 0 || file.length !== Math.floor((digits * 3) / 4)) {
    throw new RequestFieldError('inputs', 'Field "inputs": expected the file in base64.');
  }
  return file;
}
