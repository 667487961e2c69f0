import type { Request, Response } from 'express';
import multer from 'multer';
import { type SandpiperError, messageOf, invalidRequest } from '../../errors.ts';
import { ComingFiles, fieldsOf, type TakeFile } from './coming-file.ts';
import { beginBody, bodyTooLarge, clientGone, hungUp } from './request-body.ts';
import { contextOf } from '../exchange/request-context.ts';
import { RequestFieldError } from '../exchange/request-field-error.ts';

/** A form with files in some of its fields. */
export interface MultipartForm {
  /** Contents by the names of file fields, in the form's order. */
  readonly files: ReadonlyMap<string, readonly Buffer[]>;
  /** The other fields by name: text, or several texts for a name that repeats or ends in `[]`. */
  readonly fields: ReadonlyMap<string, unknown>;
}

/** Most bytes of boundaries, part headers and text fields around the file. */
const framingBytes = 256 * 1024;
const fieldLimits = { fields: 64, fieldSize: 64 * 1024, fieldNameSize: 100 };
/** Allows lists (`x[]`) but no objects as fields. */
const nameLimits = { fieldNestingDepth: 1, fieldArrayIndexLimit: 64, headerPairs: 32 };

export function isMultipart(request: Request): boolean {
  return /^multipart\/form-data\b/i.test(request.get('content-type') ?? '');
}

/** Where files may be in a form, and how large they may be. */
export interface FormFiles {
  /** How many files each field may hold, by its name. */
  readonly fields: ReadonlyMap<string, number>;
  /** Names of fields that may hold text instead of a file. */
  readonly texts?: ReadonlySet<string>;
  readonly maxBytes: number;
  readonly allBytes: number;
  /** May take a file while it comes: the form does not have it then. */
  readonly take?: TakeFile | undefined;
}

/** Reads a multipart form whose one file is in `fileField`. @throws as {@link readForm} */
export async function readMultipart(
  request: Request,
  response: Response,
  fileField: string,
  maxBytes: number,
  take?: TakeFile,
): Promise<{ file: Buffer | undefined } & Pick<MultipartForm, 'fields'>> {
  const wanted = { fields: new Map([[fileField, 1]]), maxBytes, allBytes: maxBytes, take };
  const { files, fields } = await readForm(request, response, wanted);
  return { file: files.get(fileField)?.[0], fields };
}

/**
 * Reads a multipart form.
 *
 * @throws SandpiperError `input-too-large` as soon as that is certain, `invalid-request` for a broken form, a
 *   file in another field or too many fields, `client-gone` when the client hangs up meanwhile.
 */
export async function readForm(
  request: Request,
  response: Response,
  wanted: FormFiles,
): Promise<MultipartForm> {
  const { maxBytes, allBytes, take } = wanted;
  let fail: (error: unknown) => void = () => undefined;
  beginBody(request, response, allBytes, framingBytes);
  const most = [...wanted.fields.values()].reduce((sum, count) => sum + count, 0);
  const upload = multer({
    storage: take === undefined ? multer.memoryStorage() : new ComingFiles(take, (error) => fail(error)),
    limits: {
      ...fieldLimits,
      ...nameLimits,
      files: most,
      parts: most + fieldLimits.fields,
      fileSize: maxBytes,
    },
  }).fields(Array.from(wanted.fields, ([name, maxCount]) => ({ name, maxCount })));
  await new Promise<void>((resolve, reject) => {
    fail = reject;
    // Counts the whole body itself, since multer reports an error only at the end of the body, which a body without
    // a length may not have.
    const context = contextOf(response);
    let size = 0;
    const count = (chunk: Buffer): void => {
      size += chunk.length;
      context.received?.(chunk.length);
      if (size <= allBytes + framingBytes && !context.signal.aborted) return;
      request.off('data', count);
      request.unpipe();
      reject(context.signal.aborted ? clientGone() : bodyTooLarge(allBytes));
    };
    request.on('data', count);
    void upload(request, response, (error: unknown) => {
      request.off('data', count);
      context.readWhole?.();
      if (error === undefined) resolve();
      else reject(hungUp(request, response) ? clientGone() : toFormError(error, wanted));
    });
  });
  const fields = fieldsOf(request);
  const stray = [...wanted.fields.keys()].find(
    (name) => fields.has(name) && wanted.texts?.has(name) !== true,
  );
  if (stray !== undefined) throw noFile(stray);
  const files = Object.entries((request.files ?? {}) as Record<string, Express.Multer.File[]>);
  return { files: new Map(files.map(([name, parts]) => [name, parts.map(({ buffer }) => buffer)])), fields };
}

/** The refusal of a part that has no `filename`, and is taken for text. */
function noFile(field: string): RequestFieldError {
  return new RequestFieldError(
    field,
    `Field "${field}" holds no file: name a file in its part of the form (filename="…").`,
  );
}

function toFormError(error: unknown, { fields, texts, maxBytes }: FormFiles): SandpiperError {
  if (!(error instanceof multer.MulterError)) {
    return invalidRequest(`The multipart form is broken: ${messageOf(error)}.`);
  }
  switch (error.code) {
    case 'LIMIT_FILE_SIZE':
      return bodyTooLarge(maxBytes);
    case 'LIMIT_UNEXPECTED_FILE':
    case 'LIMIT_FILE_COUNT': {
      const most = fields.get(error.field ?? '');
      if (most !== undefined && fields.size > 1)
        return invalidRequest(
          `The form's field "${error.field}" takes ${most === 1 ? 'one file' : `${most} files`}.`,
        );
      return invalidRequest(
        fields.size === 1
          ? `Send exactly one file, in the form's field "${[...fields.keys()].join('')}".`
          : `The form has a file in field "${error.field}": send files in ${[...fields.keys()].map((name) => `"${name}"`).join(', ')}.`,
      );
    }
    case 'LIMIT_FIELD_VALUE': {
      const { field = '' } = error;
      const mayBeFile = texts?.has(field) === true;
      if (fields.has(field) && !mayBeFile) return noFile(field);
      const remedy = mayBeFile ? ': send it as a file (filename="…")' : '';
      return new RequestFieldError(
        field,
        `Field "${field}" has more than ${fieldLimits.fieldSize} bytes${remedy}.`,
      );
    }
    default:
      return invalidRequest(`The multipart form is refused: ${error.message}.`);
  }
}
