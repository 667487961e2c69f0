/** Classes of pictures in tensors. */
import { z } from 'zod';
import { floatTensor, integerTensor, textTensor } from '../../api/client-tensors.ts';
import { scoreFunctionSchema, topKSchema } from '../../api/task-options.ts';
import type { Classification, ClassifyOptions } from '../../api/tasks.ts';
import type { ClientTensor, ModelPort } from '../../api/tensor-inference.ts';
import { checkTaskParameters } from '../check-task-parameters.ts';

export const PICTURE_INPUT: ModelPort = { name: 'image', datatype: 'BYTES', shape: [-1, 1] };

export const CLASS_OUTPUTS: readonly ModelPort[] = [
  { name: 'labels', datatype: 'BYTES', shape: [-1, -1] },
  { name: 'scores', datatype: 'FP32', shape: [-1, -1] },
  { name: 'indices', datatype: 'INT64', shape: [-1, -1] },
];

const parametersSchema = z.strictObject({
  top_k: topKSchema.optional(),
  function_to_apply: scoreFunctionSchema.optional(),
});

/** @throws SandpiperError `invalid-request` */
export function toClassifyOptions(parameters: unknown): Pick<ClassifyOptions, 'topK' | 'scoreFunction'> {
  const { top_k: topK, function_to_apply: scoreFunction } = checkTaskParameters(parametersSchema, parameters);
  return { topK, scoreFunction };
}

/** The pictures' classes, best first. A component that gave one picture fewer has its row filled up. */
export function toClassTensors(answers: readonly Classification[]): ClientTensor[] {
  const width = Math.max(...answers.map(({ predictions }) => predictions.length));
  const shape = [answers.length, width];
  const cells = answers.flatMap(({ predictions }) =>
    Array.from({ length: width }, (_, rank) => predictions[rank] ?? { label: '', score: 0, index: -1 }),
  );
  const labels = cells.map(({ label }) => label);
  const scores = cells.map(({ score }) => score);
  const indices = cells.map(({ index }) => index);
  return [
    textTensor('labels', shape, labels),
    floatTensor('scores', shape, scores),
    integerTensor('indices', shape, indices),
  ];
}
