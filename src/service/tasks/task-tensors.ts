/** What each task takes and gives in tensors. */
import { z } from 'zod';
import { SandpiperError } from '../../errors.ts';
import { floatTensor, integerTensor, textTensor } from '../api/client-tensors.ts';
import type { RequestScope } from '../queue/request-scope.ts';
import type { ServedComponent } from '../models/served-component.ts';
import {
  languageSchema,
  promptSchema,
  scoreFunctionSchema,
  temperatureSchema,
  topKSchema,
} from '../api/task-options.ts';
import { classifyWith, transcribeWith, type Media } from './task-runner.ts';
import type { Classification, Task, Transcription } from '../api/tasks.ts';
import type { ClientTensor, ModelPort } from '../api/tensor-inference.ts';

/** What a task looks like in tensors. */
export interface TaskTensors {
  input: ModelPort;
  outputs: readonly ModelPort[];
  /** @returns the outputs, in the order of `outputs` */
  run(work: TaskWork): Promise<ClientTensor[]>;
}

export interface TaskWork {
  model: ServedComponent;
  /** Shape of the input, which outputs of one text a file take over. */
  shape: readonly number[];
  parameters: unknown;
  scope: RequestScope;
  media: Media;
  /** Every file by itself, side by side. */
  each: <Answer>(one: (file: Uint8Array) => Promise<Answer>) => Promise<Answer[]>;
}

const classifyParameters = z.strictObject({
  top_k: topKSchema.optional(),
  function_to_apply: scoreFunctionSchema.optional(),
});

const transcribeParameters = z.strictObject({
  language: languageSchema.optional(),
  prompt: promptSchema.optional(),
  temperature: temperatureSchema.optional(),
});

export const TASK_TENSORS: Readonly<Record<Task, TaskTensors>> = {
  'image-classification': {
    input: { name: 'image', datatype: 'BYTES', shape: [-1, 1] },
    outputs: [
      { name: 'labels', datatype: 'BYTES', shape: [-1, -1] },
      { name: 'scores', datatype: 'FP32', shape: [-1, -1] },
      { name: 'indices', datatype: 'INT64', shape: [-1, -1] },
    ],
    run: async ({ model, parameters, scope, media, each }) => {
      const { top_k: topK, function_to_apply: scoreFunction } = check(classifyParameters, parameters);
      const options = { ...(topK !== undefined && { topK }), ...(scoreFunction && { scoreFunction }) };
      return toClassTensors(await each((file) => classifyWith(model, file, options, scope, media)));
    },
  },
  'speech-transcription': {
    input: { name: 'audio', datatype: 'BYTES', shape: [-1, 1] },
    outputs: [
      { name: 'text', datatype: 'BYTES', shape: [-1, 1] },
      { name: 'language', datatype: 'BYTES', shape: [-1, 1] },
      { name: 'duration', datatype: 'FP32', shape: [-1, 1] },
      { name: 'segments', datatype: 'BYTES', shape: [-1, 1] },
    ],
    run: async ({ model, shape, parameters, scope, media, each }) => {
      const { language, prompt, temperature } = check(transcribeParameters, parameters);
      const options = {
        ...(language !== undefined && { language }),
        ...(prompt !== undefined && { prompt }),
        ...(temperature !== undefined && { temperature }),
      };
      return toTextTensors(await each((file) => transcribeWith(model, file, options, scope, media)), shape);
    },
  },
};

/** The pictures' classes, best first. A component that gave one picture fewer has its row filled up. */
function toClassTensors(answers: readonly Classification[]): ClientTensor[] {
  const width = Math.max(...answers.map(({ predictions }) => predictions.length));
  const shape = [answers.length, width];
  const cells = answers.flatMap(({ predictions }) =>
    Array.from({ length: width }, (_, rank) => predictions[rank] ?? { label: '', score: 0, index: -1 }),
  );
  return [
    textTensor(
      'labels',
      shape,
      cells.map(({ label }) => label),
    ),
    floatTensor(
      'scores',
      shape,
      cells.map(({ score }) => score),
    ),
    integerTensor(
      'indices',
      shape,
      cells.map(({ index }) => index),
    ),
  ];
}

function toTextTensors(answers: readonly Transcription[], shape: readonly number[]): ClientTensor[] {
  const segments = answers.map((answer) =>
    JSON.stringify(answer.segments.map(({ text, start, end }) => ({ text, start, end }))),
  );
  return [
    textTensor(
      'text',
      shape,
      answers.map(({ text }) => text),
    ),
    textTensor(
      'language',
      shape,
      answers.map(({ language }) => language),
    ),
    floatTensor(
      'duration',
      shape,
      answers.map(({ duration }) => duration),
    ),
    textTensor('segments', shape, segments),
  ];
}

/** @throws SandpiperError `invalid-request` */
function check<Parameters>(schema: z.ZodObject & z.ZodType<Parameters>, parameters: unknown): Parameters {
  const parsed = schema.safeParse(parameters);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.join('.');
  const known = Object.keys(schema.shape).join(', ');
  throw new SandpiperError(
    'invalid-request',
    issue?.code === 'unrecognized_keys'
      ? `there is no parameter '${String(name).slice(0, 100)}' for this task: it takes ${known}`
      : `parameter '${name}': ${issue?.message}`,
  );
}
