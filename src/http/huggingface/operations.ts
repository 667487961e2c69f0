import { z } from 'zod';
import { INFERENCE_REFUSALS, type Operation } from '../routing/operation.ts';
import * as schemas from './schemas.ts';

const file = z.file();

export const RUN_MODEL: Operation = {
  id: 'runModel',
  summary: "A file to what the model's task says: labels of a picture, or the text of a sound",
  description:
    'The file as the body, whatever its Content-Type; in a form; or in JSON in base64. ' +
    'Pictures take top_k and function_to_apply, sounds return_timestamps.',
  query: schemas.parametersSchema,
  body: {
    required: true,
    content: {
      'application/octet-stream': file,
      'image/*': file,
      'audio/*': file,
      'multipart/form-data': schemas.modelFormSchema,
      'application/json': schemas.modelJsonSchema,
    },
  },
  answer: {
    description: 'The labels, best first, or the text.',
    headers: ['Server-Timing'],
    content: { 'application/json': z.union([schemas.classificationSchema, schemas.transcriptSchema]) },
  },
  refusals: INFERENCE_REFUSALS,
  curl: '--data-binary @photo.jpg',
};

export const RUN_SOLE_MODEL: Operation = {
  ...RUN_MODEL,
  id: 'runSoleModel',
  summary: 'The same where the service has one model',
};
