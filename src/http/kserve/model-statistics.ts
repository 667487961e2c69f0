import type { z } from 'zod';
import type { ModelStatistics } from '../../service/api/tensor-inference.ts';
import { assertReady } from '../../service/api/service-errors.ts';
import { pathParameter, type RouteHandler } from '../routing/route.ts';
import { pathVersion } from './find-version.ts';
import type { statisticsResponse } from './schemas.ts';

type Statistics = z.output<typeof statisticsResponse>;

/** There is no response cache, but perf_analyzer needs its counts. */
const NEVER = { count: 0, ns: 0 };

/** `GET /v2/models/stats` and `GET /v2/models/{name}[/versions/{version}]/stats` */
export const showStatistics: RouteHandler = (request, response, { service }) => {
  assertReady(service);
  const name = pathParameter(request, 'model');
  const statistics = name === '' ? service.statistics() : service.statistics(name, pathVersion(request));
  response.json({ model_stats: statistics.map(toJson) } satisfies Statistics);
};

function toJson(model: ModelStatistics): Statistics['model_stats'][number] {
  return {
    name: model.name,
    version: String(model.version),
    last_inference: model.lastInference,
    inference_count: model.inferenceCount,
    execution_count: model.executionCount,
    inference_stats: {
      success: model.success,
      fail: model.fail,
      queue: model.queue,
      compute_input: model.computeInput,
      compute_infer: model.computeInfer,
      compute_output: model.computeOutput,
      cache_hit: NEVER,
      cache_miss: NEVER,
    },
    response_stats: {},
    batch_stats: [],
    memory_usage: [],
  };
}
