/** A model behind a component as a tensor model: files as BYTES in, the task's answer as tensors out. */
import type { Media } from './task-runner.ts';
import type { RequestScope } from './request-scope.ts';
import type { ServedComponent } from './served-component.ts';
import type { ClientTensor, InferAnswer, InferOptions, ModelDescription } from './tensor-inference.ts';
import { SandpiperError } from '../errors.ts';

export function describeTask(
  _model: ServedComponent,
): Pick<ModelDescription, 'inputs' | 'outputs' | 'labels' | 'maxBatchSize'> {
  return { inputs: [], outputs: [], labels: new Map(), maxBatchSize: 0 };
}

/** @throws SandpiperError */
export async function inferTask(
  model: ServedComponent,
  _inputs: readonly ClientTensor[],
  _options: InferOptions,
  _scope: RequestScope,
  _media: Media,
): Promise<InferAnswer> {
  throw new SandpiperError('unsupported-request', `Model ${model.name} takes no tensors.`);
}
