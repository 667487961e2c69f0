/**
 * The hot swap: versions of a model take the place of those in service while requests go on.
 *
 * Guarantees: the catalogue changes at once, so that each request is served by one version from its start to its end.
 * A version that is taken out finishes its requests, and then its memory in other threads is freed.
 */
import type { LoadContext } from '../models/load-context.ts';
import type { ServedModel } from '../models/served-model.ts';
import type { ModelCatalogue } from './model-catalogue.ts';
import type { RepositoryStates } from './repository-states.ts';

export interface HotSwapParts extends Pick<LoadContext, 'logger'> {
  catalogue: ModelCatalogue;
  states: RepositoryStates;
}

/**
 * @param models versions whose samples have passed; none to take the model out of service
 * @returns resolves when the versions from before are freed; never rejects
 */
export async function hotSwap(
  name: string,
  models: readonly ServedModel[],
  { catalogue, states, logger }: HotSwapParts,
): Promise<void> {
  for (const model of models) {
    model.ready = true;
    states.loaded(model);
  }
  const before = catalogue.replace(name, models);
  const replaced = before.map(({ version }) => version);
  for (const { version, loadSeconds } of models) {
    const ms = Math.round(loadSeconds * 1_000);
    logger.info({ model: name, version, ms, ...(replaced.length > 0 && { replaced }) }, 'model in service');
  }
  if (models.length === 0) logger.info({ model: name, versions: replaced }, 'model unloaded');
  await Promise.all(before.map(async (model) => retire(model, states)));
}

/** Waits for the model's requests and frees it. */
async function retire(model: ServedModel, states: RepositoryStates): Promise<void> {
  using _unloading = states.unloading(model);
  model.breaker[Symbol.dispose]();
  await model.inFlight.empty();
  model.release();
}
