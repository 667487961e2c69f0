import { z } from 'zod';
import type { Operation } from '../routing/operation.ts';
import { activitySchema, overviewSchema, sampleQuerySchema } from './schemas.ts';

const text = z.string();

export const FILE: Operation = {
  id: 'getPageFile',
  summary: 'A file of the page that GET / shows to browsers',
  answer: {
    description: 'The file, with an ETag to ask again with.',
    content: { 'text/css': text, 'text/javascript': text, 'image/svg+xml': text },
  },
  refusals: ['not-found'],
  open: true,
};

export const OVERVIEW: Operation = {
  id: 'getOverview',
  summary: 'Every model with its state and what it made of its sample',
  answer: {
    description: 'The models that this key may see, in service or not.',
    content: { 'application/json': overviewSchema },
  },
  refusals: ['not-ready'],
};

export const SAMPLE: Operation = {
  id: 'getSample',
  summary: "A file of a model's own sample, to try it with",
  query: sampleQuerySchema,
  answer: { description: 'The file.', content: { 'application/octet-stream': z.file() } },
  refusals: ['not-found', 'not-ready'],
};

export const ACTIVITY: Operation = {
  id: 'getActivity',
  summary: 'What the service is doing now',
  description: 'Of the models that this key may see. GET /metrics has more, for keys that may see all.',
  answer: { description: 'Counts, times and memory.', content: { 'application/json': activitySchema } },
  refusals: ['not-ready'],
};
