import type { RequestHandler } from 'express';
import { RequestFieldError } from '../exchange/request-field-error.ts';

/** `POST /v1/audio/translations`: always refused, since no contract includes translation. */
export const createTranslation: RequestHandler = () => {
  throw new RequestFieldError(
    'model',
    'The models here do not translate: POST /v1/audio/transcriptions gives the text in the language that is spoken.',
    'unsupported-request',
  );
};
