/** What one version in service takes and gives, whatever runs it. */
import { signatureOf, type GraphSignature } from '../api/graph-signature.ts';
import { describeTask } from '../tasks/infer-task.ts';
import type { InService } from './model-lifecycle.ts';
import { ServedGraph } from '../models/served-graph.ts';
import type { ModelDescription } from '../api/tensor-inference.ts';

/** @param versions of the same model that are in service, ascending */
export function describe(model: InService, versions: readonly InService[]): ModelDescription {
  const { task, licence, source } = model.folder.manifest;
  const isGraph = model instanceof ServedGraph;
  return {
    name: model.name,
    version: model.version,
    versions: versions.map(({ version }) => version),
    ready: model.summary().ready,
    platform: isGraph ? 'onnx_onnxv1' : 'sandpiper_component',
    ...(isGraph ? model.describe() : describeTask(model)),
    graphs: graphsOf(model),
    properties: { ...(isGraph && model.graph.facts.metadata), task, licence, source },
  };
}

function graphsOf(model: InService): GraphSignature[] {
  if (model instanceof ServedGraph) return [signatureOf(model.name, model.graph.facts)];
  return [...model.program.graphs].map(([name, { facts }]) => signatureOf(name, facts));
}
