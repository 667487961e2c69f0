/** A model of the open contract: named values in, and out what its task says, or each output by its name. */
import type { Request, Response } from 'express';
import type { PredictionDescription, PredictOptions } from '../../service/api/predictions.ts';
import { shapeOf } from '../../service/api/task-shapes.ts';
import type { ModelSummary } from '../../service/api/tasks.ts';
import { contextOf, optionsOf, tellTiming } from '../exchange/request-context.ts';
import type { ConventionParts } from '../routing/route.ts';
import { PartialStream } from './partial-stream.ts';
import { writeOutputs, writeTaskAnswer } from './prediction-answer.ts';
import { readPredictionInput } from './prediction-input.ts';
import { TokenStream } from './token-stream.ts';

export async function runPrediction(
  { name, task, prediction: description = NOTHING }: ModelSummary,
  { service, limits }: ConventionParts,
  request: Request,
  response: Response,
): Promise<void> {
  const context = contextOf(response);
  const shape = shapeOf(task);
  const caller = optionsOf(context);
  const read = await readPredictionInput(request, response, { description, shape }, limits, caller);
  const { values, parameters, outputs } = read;
  const accepted = request.accepts(['application/json', 'text/event-stream']);
  const options: PredictOptions = {
    ...caller,
    parameters: parameters as NonNullable<PredictOptions['parameters']>,
    outputs,
  };
  const [first] = description.outputs;
  const asTask = shape !== undefined && outputs === undefined && first !== undefined;
  const ofTask = asTask ? { ...options, outputs: [first.name] } : options;
  if (read.stream === true || accepted === 'text/event-stream') {
    const inTokens = asTask && shape.tokens === true && first.kind === 'text';
    using stream = inTokens ? new TokenStream(response, limits) : new PartialStream(response, limits);
    const asked = inTokens ? ofTask : options;
    const answer = await service.predictNamed(name, values, { ...asked, onPartial: stream.add });
    context.timing = answer.timing;
    return stream.complete(answer.outputs);
  }
  const answer = await service.predictNamed(name, values, ofTask);
  tellTiming(response, answer.timing);
  const [output] = answer.outputs;
  if (asTask && output !== undefined) {
    const { type, body } = writeTaskAnswer(output, shape.form);
    response.type(type).send(body);
    return;
  }
  response.type('json').send(Buffer.from(writeOutputs(answer.outputs)));
}

const NOTHING: PredictionDescription = { inputs: [], parameters: [], outputs: [] };
