/** Describes the inputs and outputs of one version in service. */
import type { ModelDescription } from '../api/tensor-inference.ts';
import type { ServedModel } from '../models/served-model.ts';

/** @param versions all versions of the model in service, ascending */
export function describeModel(model: ServedModel, versions: readonly ServedModel[]): ModelDescription {
  const { task, licence, source } = model.folder.manifest;
  return {
    name: model.name,
    version: model.version,
    versions: versions.map(({ version }) => version),
    ready: model.summary().ready,
    platform: model.platform,
    triton: model.triton,
    ...model.ports,
    graphs: model.graphSignatures,
    properties: { ...model.properties, task, licence, source },
  };
}
