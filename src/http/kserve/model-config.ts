import type { z } from 'zod';
import type { ModelDescription, ModelPort } from '../../service/api/tensor-inference.ts';
import type { RouteHandler } from '../routing/route.ts';
import { findVersion } from './find-version.ts';
import type { modelConfig } from './schemas.ts';

/**
 * `GET /v2/models/{name}[/versions/{version}]/config`: the supported part of Triton's ModelConfig, which perf_analyzer
 * requests first.
 */
export const showModelConfig: RouteHandler = (request, response, { service }) => {
  response.json(toConfig(findVersion(service, request)) satisfies z.output<typeof modelConfig>);
};

function toConfig(model: ModelDescription): z.output<typeof modelConfig> {
  return {
    name: model.name,
    ...model.triton,
    version_policy: { specific: { versions: [...model.versions] } },
    max_batch_size: model.maxBatchSize,
    input: model.inputs.map((port) => ({
      ...toPort(port, model.maxBatchSize),
      format: `FORMAT_${port.format ?? 'NONE'}` as const,
      is_shape_tensor: false,
      allow_ragged_batch: false,
      optional: port.optional ?? false,
    })),
    output: model.outputs.map((port) => ({
      ...toPort(port, model.maxBatchSize),
      label_filename: port.labelFile ?? '',
      is_shape_tensor: false,
    })),
    model_transaction_policy: { decoupled: false },
  };
}

/** Dimensions of a model with batches are given without the batch. */
function toPort(
  { name, datatype, shape }: ModelPort,
  maxBatchSize: number,
): { name: string; data_type: string; dims: number[] } {
  return {
    name,
    data_type: datatype === 'BYTES' ? 'TYPE_STRING' : `TYPE_${datatype}`,
    dims: shape.slice(maxBatchSize > 0 ? 1 : 0),
  };
}
