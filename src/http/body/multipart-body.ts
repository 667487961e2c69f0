import type { Request, Response } from 'express';
import multer from 'multer';
import { SandpiperError, messageOf } from '../../errors.ts';
import { beginBody, bodyTooLarge, clientGone, hungUp } from './request-body.ts';
import { contextOf } from '../exchange/request-context.ts';
import { RequestFieldError } from '../exchange/request-field-error.ts';

/** A form with at most one file. */
export interface MultipartForm {
  /** Contents of the file field, `undefined` where the form has none. */
  readonly file: Buffer | undefined;
  /** The other fields by name: text, or several texts for a name that repeats or ends in `[]`. */
  readonly fields: ReadonlyMap<string, unknown>;
}

/** Most bytes of boundaries, part headers and text fields around the file. */
const framingBytes = 256 * 1024;
const fieldLimits = { fields: 64, parts: 65, files: 1, fieldSize: 64 * 1024, fieldNameSize: 100 };
/** Allows lists (`x[]`) but no objects as fields. */
const nameLimits = { fieldNestingDepth: 1, fieldArrayIndexLimit: 64, headerPairs: 32 };

export function isMultipart(request: Request): boolean {
  return /^multipart\/form-data\b/i.test(request.get('content-type') ?? '');
}

/**
 * Reads a multipart form whose one file is in `fileField`.
 *
 * @param maxBytes of the file.
 * @throws SandpiperError `input-too-large` as soon as that is certain, `invalid-request` for a broken form, a
 *   file in another field or too many fields, `client-gone` when the client hangs up meanwhile.
 */
export async function readMultipart(
  request: Request,
  response: Response,
  fileField: string,
  maxBytes: number,
): Promise<MultipartForm> {
  beginBody(request, response, maxBytes, framingBytes);
  const upload = multer({
    storage: multer.memoryStorage(),
    limits: { ...fieldLimits, ...nameLimits, fileSize: maxBytes },
  }).single(fileField);
  await new Promise<void>((resolve, reject) => {
    // Counts the whole body itself, since multer reports an error only at the end of the body, which a body without
    // a length may not have.
    const context = contextOf(response);
    let size = 0;
    const count = (chunk: Buffer): void => {
      size += chunk.length;
      context.received?.(chunk.length);
      if (size <= maxBytes + framingBytes && !context.signal.aborted) return;
      request.off('data', count);
      request.unpipe();
      reject(context.signal.aborted ? clientGone() : bodyTooLarge(maxBytes));
    };
    request.on('data', count);
    void upload(request, response, (error: unknown) => {
      request.off('data', count);
      context.readWhole?.();
      if (error === undefined) resolve();
      else reject(hungUp(request, response) ? clientGone() : toFormError(error, fileField, maxBytes));
    });
  });
  const body: unknown = request.body;
  const fields = new Map(typeof body === 'object' && body !== null ? Object.entries(body) : []);
  if (fields.has(fileField)) {
    throw new RequestFieldError(
      fileField,
      `Field "${fileField}" holds no file: name a file in its part of the form.`,
    );
  }
  return { file: request.file?.buffer, fields };
}

function toFormError(error: unknown, fileField: string, maxBytes: number): SandpiperError {
  if (!(error instanceof multer.MulterError)) {
    return new SandpiperError('invalid-request', `The multipart form is broken: ${messageOf(error)}.`);
  }
  switch (error.code) {
    case 'LIMIT_FILE_SIZE':
      return bodyTooLarge(maxBytes);
    case 'LIMIT_UNEXPECTED_FILE':
    case 'LIMIT_FILE_COUNT':
      return new SandpiperError(
        'invalid-request',
        `Send exactly one file, in the form's field "${fileField}".`,
      );
    default:
      return new SandpiperError('invalid-request', `The multipart form is refused: ${error.message}.`);
  }
}
