import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { InferenceService, Timing, Transcription } from '../../service/tasks.ts';
import type { ConventionParts } from '../convention.ts';
import { refuseEarly } from '../early-refusal.ts';
import { findModel } from '../find-model.ts';
import { contextOf, optionsOf, type RequestContext } from '../request-context.ts';
import { checkFields } from '../request-field-error.ts';
import { pathParameter } from '../route.ts';
import { serverTiming } from '../server-timing.ts';
import { readModelInput, type ModelInput } from './model-input.ts';

const classifySchema = z.strictObject({
  top_k: z
    .int({ error: 'expected a whole number from 1' })
    .min(1, { error: 'expected a whole number from 1' })
    .optional(),
  function_to_apply: z
    .enum(['softmax', 'sigmoid', 'none'], { error: 'expected softmax, sigmoid or none' })
    .optional(),
});

const transcribeSchema = z.strictObject({
  return_timestamps: z.boolean({ error: 'expected true or false' }).optional(),
});

interface ModelAnswer {
  readonly body: object;
  readonly timing: Timing;
}

/** `POST /models/{model}`: a file in, and out what the model's task says. */
export function runModel({ service, limits }: ConventionParts): RequestHandler {
  return async (request, response) => {
    const context = contextOf(response);
    const model = findModel(service, pathParameter(request, 'model'));
    context.model = model.name;
    refuseEarly(service, [model.name], request, context);
    const input = await readModelInput(request, response, limits.uploadBytes);
    const run = model.task === 'image-classification' ? classify : transcribe;
    const { body, timing } = await run(service, model.name, input, context);
    context.timing = timing;
    response.set('Server-Timing', serverTiming(timing)).json(body);
  };
}

/** `[{label, score}]`, best first. */
async function classify(
  service: InferenceService,
  model: string,
  input: ModelInput,
  context: RequestContext,
): Promise<ModelAnswer> {
  const { top_k: topK, function_to_apply: scoreFunction } = checkFields(classifySchema, input.parameters);
  const { predictions, timing } = await service.classify(model, input.file, {
    ...(topK !== undefined && { topK }),
    ...(scoreFunction !== undefined && { scoreFunction }),
    ...optionsOf(context),
  });
  return { body: predictions.map(({ label, score }) => ({ label, score })), timing };
}

/** `{text}`, with `chunks` of `{text, timestamp: [start, end]}` in seconds on request. */
async function transcribe(
  service: InferenceService,
  model: string,
  input: ModelInput,
  context: RequestContext,
): Promise<ModelAnswer> {
  const { return_timestamps: withChunks } = checkFields(transcribeSchema, input.parameters);
  const transcription = await service.transcribe(model, input.file, {
    ...optionsOf(context),
  });
  return {
    body: { text: transcription.text, ...(withChunks === true && { chunks: toChunks(transcription) }) },
    timing: transcription.timing,
  };
}

function toChunks({ segments }: Transcription): object[] {
  return segments.map(({ text, start, end }) => ({ text, timestamp: [start, end] }));
}
