/** Answers of the routes that only the page uses. */
import { z } from 'zod';
import { answerSchemas } from '../routing/api-schemas.ts';

const milliseconds = z.number().min(0);
const count = z.int().min(0);

const sampleSchema = z.strictObject({
  file: z.string().describe('Name of the sample file; "zeros" for a bare graph, which has none.'),
  files: z
    .record(z.string(), z.array(z.string()))
    .describe(
      'Names of the files that inputs are given, by the inputs: GET /page/models/{model}/sample has them.',
    ),
  values: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('What it gives inputs that take no file, by their names.'),
  answer: z.string().describe('What the model made of it when it was loaded.'),
  ms: milliseconds,
});

const speechSchema = z.strictObject({
  word_times: z.boolean().describe('Whether it gives the times of single words.'),
  live: z.boolean().describe('Whether it takes a sound that is still coming.'),
});

/** As the component says it, after it was checked. */
const predictionSchema = z.object({
  inputs: z.array(z.looseObject({ name: z.string(), kind: z.string(), occurrence: z.string() })),
  parameters: z.array(z.looseObject({ name: z.string(), kind: z.string() })),
  outputs: z.array(z.looseObject({ name: z.string(), kind: z.string() })),
});

export const sampleQuerySchema = z.object({
  file: z.string().optional().describe('One of the sample, by its name; default: the first.'),
});

const shownModelSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  state: z.enum(['READY', 'UNAVAILABLE', 'LOADING', 'UNLOADING']),
  reason: z.string().describe('Why it is not ready; empty otherwise.'),
  task: z.string().optional().describe('Of a model in service, as the rest.'),
  licence: z.string().optional(),
  sample: sampleSchema.optional(),
  speech: speechSchema.optional().describe('Of a model that transcribes speech.'),
  prediction: predictionSchema
    .optional()
    .describe('Of a model of the open contract: its description of itself.'),
});
export type ShownModel = z.output<typeof shownModelSchema>;

export const overviewSchema = z
  .strictObject({
    version: z.string().describe('Of Sandpiper.'),
    uploadBytes: count.describe('Largest file that is taken.'),
    models: z.array(shownModelSchema),
  })
  .register(answerSchemas, { id: 'Overview' });

export const activitySchema = z
  .strictObject({
    answered: count.describe('Requests since the start.'),
    failed: count,
    waiting: count.describe('Requests that are here now and have not begun.'),
    running: count,
    p50_ms: milliseconds.optional().describe('From arrival to answer, of the last minute.'),
    p99_ms: milliseconds.optional(),
    memory_bytes: count
      .optional()
      .describe('Of the whole process; not for a key that may see only some models.'),
  })
  .register(answerSchemas, { id: 'Activity' });
