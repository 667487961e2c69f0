/** From a model folder to a model in service. */
import { freeBytes } from '../../free-bytes.ts';
import type { GraphFolder, ModelFolder } from '../../repository/model-folder.ts';
import { refusedGraph, titleOf, type LoadContext } from '../models/load-context.ts';
import { ServedGraph } from '../models/served-graph.ts';
import type { ServedModel } from '../models/served-model.ts';
import { loadComponentModel } from './load-component.ts';

/**
 * @param key unique key of the load for the engine and the guest threads
 * @throws SandpiperError `invalid-model`, `invalid-component`; nothing stays loaded then
 */
export async function loadModel(
  folder: ModelFolder,
  key: string,
  context: LoadContext,
): Promise<ServedModel> {
  return folder.kind === 'component'
    ? loadComponentModel(folder, key, context)
    : loadGraphModel(folder, key, context);
}

/** @throws SandpiperError `invalid-model` */
export async function loadGraphModel(
  folder: GraphFolder,
  key: string,
  context: Omit<LoadContext, 'cache'>,
): Promise<ServedGraph> {
  const { model, threads } = folder.graph;
  try {
    const reference = await context.engine.load(key, model, { threads, bare: true });
    freeBytes(model);
    await context.guests.up;
    const { graph: _graph, ...kept } = folder;
    return new ServedGraph(kept, reference, context);
  } catch (error) {
    throw refusedGraph(`the graph of model ${titleOf(folder)}`, error);
  }
}
