import type { RequestHandler } from 'express';
import { RequestFieldError } from '../exchange/request-field-error.ts';

/** `POST /v1/audio/translations`: says that there is none, whatever is sent; no model's contract has it. */
export const createTranslation: RequestHandler = () => {
  throw new RequestFieldError(
    'model',
    'The models here do not translate: POST /v1/audio/transcriptions gives the text in the language that is spoken.',
    'unsupported-request',
  );
};
