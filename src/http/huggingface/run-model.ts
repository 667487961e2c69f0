import type { Request, Response } from 'express';
import type { z } from 'zod';
import { onAbort } from '../../async/on-abort.ts';
import { invalidRequest } from '../../errors.ts';
import type {
  InferenceService,
  ModelContract,
  ModelSummary,
  Transcription,
} from '../../service/api/tasks.ts';
import type { Timing } from '../../service/api/request.ts';
import type { ConventionParts, RouteHandler } from '../routing/route.ts';
import { refuseBeforeBody } from '../exchange/refuse-before-body.ts';
import { contextOf, optionsOf, tellTiming, type RequestContext } from '../exchange/request-context.ts';
import { checkFields, unsupportedField } from '../exchange/request-field-error.ts';
import { readModelInput, type ModelInput } from './model-input.ts';
import {
  classificationParametersSchema,
  transcriptionParametersSchema,
  type classificationSchema,
  type transcriptSchema,
} from './schemas.ts';
import { runPrediction } from './run-prediction.ts';

interface ModelAnswer {
  readonly body: z.output<typeof classificationSchema> | z.output<typeof transcriptSchema>;
  readonly timing: Timing;
}

/**
 * Runs a model's task on a request.
 *
 * @param choose returns the requested model; called once the service has loaded its models
 */
export function runModel(
  choose: (service: InferenceService, request: Request) => ModelSummary,
): RouteHandler {
  return async (request, response, parts) => {
    const { service, limits } = parts;
    const context = contextOf(response);
    await waitUntilLoaded(service, context.signal, limits.loadWaitMs);
    const model = choose(service, request);
    context.model = model;
    refuseBeforeBody(service, [model.name], request, context);
    await RUNS[model.contract](model, parts, request, response);
  };
}

/**
 * Waits while the service loads its models, for at most `ms` and as long as the client waits. Hugging Face's client
 * retries a 503 at once, and would otherwise upload its file again and again while models load.
 */
async function waitUntilLoaded(service: InferenceService, signal: AbortSignal, ms: number): Promise<void> {
  if (service.state !== 'loading') return;
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, ms);
  using _listener = onAbort(signal, over.resolve);
  await Promise.race([service.loaded, over.promise]);
  clearTimeout(timer);
}

type Run = (
  model: ModelSummary,
  parts: ConventionParts,
  request: Request,
  response: Response,
) => Promise<void>;

/** By what a model's component exports. */
const RUNS: Readonly<Record<ModelContract, Run>> = {
  'image-classification': runFile(classify),
  'speech-transcription': runFile(transcribe),
  prediction: runPrediction,
  tensors: async ({ name }) => {
    throw invalidRequest(
      `Model ${name} takes tensors, not files: GET /v2/models/${name} describes them, and POST /v2/models/${name}/infer takes them.`,
    );
  },
};

function runFile(run: typeof classify | typeof transcribe): Run {
  return async (model, { service, limits }, request, response) => {
    const context = contextOf(response);
    const input = await readModelInput(request, response, limits, optionsOf(context));
    const { body, timing } = await run(service, model, input, context);
    tellTiming(response, timing);
    response.json(body);
  };
}

async function classify(
  service: InferenceService,
  model: ModelSummary,
  { file, parameters }: ModelInput,
  context: RequestContext,
): Promise<ModelAnswer> {
  const { top_k: topK, function_to_apply: scoreFunction } = checkFields(
    classificationParametersSchema,
    parameters,
  );
  const { predictions, timing } = await service.classify(model.name, file, {
    topK,
    scoreFunction,
    ...optionsOf(context),
  });
  return { body: predictions.map(({ label, score }) => ({ label, score })), timing };
}

async function transcribe(
  service: InferenceService,
  model: ModelSummary,
  { file, parameters }: ModelInput,
  context: RequestContext,
): Promise<ModelAnswer> {
  if (Object.hasOwn(parameters, 'generation_parameters')) {
    throw unsupportedField(
      'generation_parameters',
      'Leave "generation_parameters" out: how a model here decodes is its component\'s own.',
    );
  }
  const { return_timestamps: times = false } = checkFields(transcriptionParametersSchema, parameters);
  if (times === 'word' && model.speech?.wordTimestamps !== true) {
    throw unsupportedField(
      'return_timestamps',
      `Model "${model.name}" gives no times of single words: ask for true, which gives those of segments.`,
    );
  }
  const transcription = await service.transcribe(model.name, file, {
    wordTimestamps: times === 'word',
    ...optionsOf(context),
  });
  return {
    body: { text: transcription.text, ...(times !== false && { chunks: toChunks(transcription, times) }) },
    timing: transcription.timing,
  };
}

function toChunks(
  { segments }: Transcription,
  times: true | 'word',
): z.output<typeof transcriptSchema>['chunks'] {
  const parts = times === 'word' ? segments.flatMap(({ words }) => words) : segments;
  return parts.map(({ text, start, end }) => ({ text, timestamp: [start, end] }));
}
