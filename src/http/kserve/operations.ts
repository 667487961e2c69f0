/** Descriptions of the Open Inference Protocol's routes. */
import { z } from 'zod';
import { INFERENCE_REFUSALS, type Operation } from '../routing/operation.ts';
import * as schemas from './schemas.ts';

const json = (schema: z.ZodType): { 'application/json': z.ZodType } => ({ 'application/json': schema });

export const SERVER: Operation = {
  id: 'getServer',
  summary: 'Name, version and extensions of the server',
  answer: { description: 'The metadata.', content: json(schemas.serverMetadata) },
};

export const LIVE: Operation = {
  id: 'isLive',
  summary: 'Whether the process answers',
  answer: { description: 'It does.', content: json(schemas.liveResponse) },
  open: true,
};

export const READY: Operation = {
  id: 'isReady',
  summary: 'Whether the service takes work',
  answer: { description: 'It does.', content: json(schemas.readyResponse) },
  refusals: ['not-ready'],
  open: true,
};

export const MODELS: Operation = {
  id: 'listModelNames',
  summary: 'Names of the models',
  answer: { description: 'The names.', content: json(schemas.modelsResponse) },
  refusals: ['not-ready'],
};

export const ALL_STATISTICS: Operation = {
  id: 'getAllStatistics',
  summary: 'Counts and times of every model',
  answer: { description: 'One entry for each version.', content: json(schemas.statisticsResponse) },
  refusals: ['not-ready'],
};

export const MODEL: Operation = {
  id: 'getModelMetadata',
  summary: 'Inputs and outputs of a model',
  answer: { description: 'The metadata.', content: json(schemas.modelMetadata) },
  refusals: ['not-found', 'not-ready'],
};

export const MODEL_READY: Operation = {
  id: 'isModelReady',
  summary: 'Whether a model takes work',
  answer: { description: 'It does.', content: json(schemas.modelReadyResponse) },
  refusals: ['not-found', 'not-ready'],
};

export const MODEL_CONFIG: Operation = {
  id: 'getModelConfig',
  summary: "A model in the words of Triton's configuration",
  answer: { description: 'The configuration.', content: json(schemas.modelConfig) },
  refusals: ['not-found', 'not-ready'],
};

export const STATISTICS: Operation = {
  id: 'getModelStatistics',
  summary: 'Counts and times of a model',
  answer: { description: 'One entry for each version.', content: json(schemas.statisticsResponse) },
  refusals: ['not-found', 'not-ready'],
};

export const INFER: Operation = {
  id: 'infer',
  summary: 'Tensors to tensors',
  description:
    'In JSON, or with the binary tensor extension: JSON whose length is in Inference-Header-Content-Length, ' +
    'then the bytes of the tensors. A picture or a sound is an element of a BYTES tensor; with a length of 0 the ' +
    'body is that file and nothing else. Answers are compressed where Accept-Encoding asks for it.',
  headers: schemas.inferHeaders,
  body: {
    required: true,
    content: {
      'application/json': schemas.inferRequest,
      'application/octet-stream': z.file().describe('JSON and binary tensors, or the bytes of one tensor.'),
    },
  },
  answer: {
    description: 'The outputs; as an octet-stream when one of them was asked for in binary.',
    headers: ['Server-Timing', 'Inference-Header-Content-Length'],
    content: {
      'application/json': schemas.inferResponse,
      'application/octet-stream': z.file().describe('JSON, then the binary tensors in its order.'),
    },
  },
  refusals: INFERENCE_REFUSALS,
  curl: "--data-binary @photo.jpg --header 'Inference-Header-Content-Length: 0'",
};

export const REPOSITORY_INDEX: Operation = {
  id: 'listRepository',
  summary: 'Every model version that the repository has',
  body: { required: false, content: json(schemas.indexRequest) },
  answer: { description: 'The versions, in service or not.', content: json(schemas.indexResponse) },
  refusals: ['not-ready'],
};

export const LOAD: Operation = {
  id: 'loadModel',
  summary: "Load a model's folder as it now is",
  description:
    'Takes a key of an operator. The version in service goes on until the new one has answered its sample.',
  body: { required: false, content: json(schemas.loadRequest) },
  answer: { description: 'It is in service.', content: json(schemas.loadResponse) },
  refusals: ['forbidden', 'not-found', 'not-ready'],
};

export const UNLOAD: Operation = {
  id: 'unloadModel',
  summary: 'Take a model out of service',
  description: 'Takes a key of an operator. Requests that have begun are finished.',
  body: { required: false, content: json(schemas.unloadRequest) },
  answer: { description: 'It takes no more requests.', content: json(schemas.unloadResponse) },
  refusals: ['forbidden', 'not-found', 'not-ready'],
};
