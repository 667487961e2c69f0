import type { z } from 'zod';
import packageJson from '../../../package.json' with { type: 'json' };
import type { ModelSample } from '../../service/api/insight.ts';
import type { PredictionDescription } from '../../service/api/predictions.ts';
import type { InferenceService, ModelSummary } from '../../service/api/tasks.ts';
import type { RepositoryEntry } from '../../service/api/tensor-inference.ts';
import type { RouteHandler } from '../routing/route.ts';
import { assertReady } from '../../service/api/service-errors.ts';
import type { overviewSchema, ShownModel } from './schemas.ts';

/** `GET /page/models` */
export const showOverview: RouteHandler = async (_request, response, { service, limits }) => {
  assertReady(service);
  const served = new Map(service.models().map((model) => [model.name, model]));
  const versions = Map.groupBy(await service.repositoryIndex(), ({ name }) => name);
  response.json({
    version: packageJson.version,
    uploadBytes: limits.uploadBytes,
    models: [...versions].map(([name, entries]) => toShownModel(service, entries, served.get(name))),
  } satisfies z.output<typeof overviewSchema>);
};

/** The version that serves requests without one; of a model that is not in service the highest. */
function toShownModel(
  service: InferenceService,
  entries: readonly RepositoryEntry[],
  served: ModelSummary | undefined,
): ShownModel {
  const entry = entries.find(({ version }) => version === served?.version) ?? entries.at(-1);
  const { name = '', version = '', state = 'UNAVAILABLE', reason = '' } = entry ?? {};
  const shown = { name, version: String(version), state, reason };
  if (served === undefined) return shown;
  const { file, files, values, answer, ms } = service.sample(name);
  const { task, licence, speech, prediction } = served;
  return {
    ...shown,
    task,
    licence,
    sample: { file, files: namesOf(files), ...(values && { values }), answer, ms },
    ...(speech !== undefined && { speech: { word_times: speech.wordTimestamps, live: speech.live } }),
    ...(prediction !== undefined && { prediction: toDescription(prediction) }),
  };
}

function namesOf(files: ModelSample['files']): Record<string, string[]> {
  return Object.fromEntries([...files].map(([input, given]) => [input, given.map(({ file }) => file)]));
}

function toDescription({ inputs, parameters, outputs }: PredictionDescription): ShownModel['prediction'] {
  return {
    inputs: inputs.map((input) => ({ ...input })),
    parameters: parameters.map((parameter) => ({ ...parameter })),
    outputs: outputs.map((output) => ({ ...output })),
  };
}
