/**
 * Brings model versions into service, at the start and on demand, and takes them out again.
 *
 * Guarantees: changes of one model are made one after the other. A version serves once its sample has passed, and
 * until then the versions in service go on; a failed load changes nothing.
 * Ownership: the catalogue is changed only here, by the hot swap.
 */
import { MACHINE } from '../../config/machine.ts';
import type { Settings } from '../../config/settings.ts';
import { messageOf, type SandpiperError, invalidConfig } from '../../errors.ts';
import { readModelFolder, type ModelFolder } from '../../repository/model-folder.ts';
import {
  findModels,
  findVersions,
  versionsToServe,
  type ModelLocation,
  type UnusableLocation,
} from '../../repository/model-repository.ts';
import { MODEL_FILES } from '../../repository/repository-entries.ts';
import { titleOf, type LoadContext } from '../models/load-context.ts';
import type { ServedModel } from '../models/served-model.ts';
import { loadComponent } from './load-component.ts';
import { loadModel } from './load-model.ts';
import type { ModelCatalogue } from './model-catalogue.ts';
import { RepositoryStates } from './repository-states.ts';
import type { NotServed } from '../api/tasks.ts';
import type { RepositoryEntry } from '../api/tensor-inference.ts';

/** Most unusable models named in one message. */
const MAX_REASONS = 10;

export interface ModelLifecycleOptions {
  settings: Pick<Settings, 'models' | 'versions' | 'strict'>;
  catalogue: ModelCatalogue;
  context: LoadContext;
}

type Version = Pick<ModelLocation, 'name' | 'version'>;

export class ModelLifecycle {
  readonly #options: ModelLifecycleOptions;
  readonly #states = new RepositoryStates();
  /** For each model that is being changed, the end of its last requested change. */
  readonly #changes = new Map<string, Promise<void>>();
  /** Loads that have not started; another request to load the same model joins them. */
  readonly #nextLoads = new Map<string, Promise<void>>();
  /** Number of loads of each version. */
  readonly #loads = new Map<string, number>();

  constructor(options: ModelLifecycleOptions) {
    this.#options = options;
  }

  /**
   * Brings every model into service, the largest first, because it takes longest. One that cannot be served is told in
   * the log and in the index, and does not keep the others from serving.
   *
   * @param options.mayServeNone whether it is no error that no model can be served
   * @returns which are not served
   * @throws SandpiperError for the first model that cannot be served, where all must be or none can
   */
  async start({ mayServeNone = false } = {}): Promise<NotServed[]> {
    const { models, versions, strict } = this.#options.settings;
    const { logger } = this.#options.context;
    const found = await findModels(models);
    const locations = versionsToServe(found.locations, versions);
    if (locations.length === 0 && !mayServeNone) throw noModels(models, found.unusable);
    for (const { name, version, reason } of found.unusable)
      logger.warn({ model: name, version, reason }, 'not served');
    const failures: { location: Version; error: unknown }[] = [];
    const orNot = async <Done>(location: Version, work: () => Promise<Done>): Promise<Done | undefined> => {
      try {
        return await work();
      } catch (error) {
        if (strict) throw error;
        failures.push({ location, error });
        return undefined;
      }
    };
    const read = await Promise.all(
      locations.map(async (location) => orNot(location, async () => readModelFolder(location))),
    );
    const bySize = read.filter((folder) => folder !== undefined).toSorted((a, b) => sizeOf(b) - sizeOf(a));
    if (!MACHINE.roomy) await this.#translateFirst(bySize);
    const tried = await Promise.all(
      bySize.map(async (folder) => orNot(folder, async () => this.#bring(folder))),
    );
    const brought = tried.filter((one) => one !== undefined);
    const [first] = failures;
    if (brought.length === 0 && first !== undefined && !mayServeNone) throw first.error;
    const notServed = failures.map(({ location, error }) => {
      this.#states.failed(location, error);
      const told = { model: location.name, version: location.version, reason: messageOf(error) };
      logger.error(told, 'model not served');
      return told;
    });
    for (const [name, versionsOfIt] of Map.groupBy(brought, (model) => model.name))
      void this.#swap(name, versionsOfIt);
    return notServed;
  }

  /** Whether no version has failed to load without having been loaded since. */
  get complete(): boolean {
    return !this.#states.someFailed;
  }

  /** Every version on disk, in service or being unloaded, and unusable folders. */
  async index(): Promise<readonly RepositoryEntry[]> {
    const { settings, catalogue } = this.#options;
    return this.#states.index(await findModels(settings.models), catalogue.all);
  }

  /** @throws SandpiperError `not-found`, `invalid-model`, `invalid-component` */
  async load(name: string): Promise<void> {
    const waiting = this.#nextLoads.get(name);
    if (waiting !== undefined) return waiting;
    const load = this.#afterOthers(name, async () => {
      if (this.#nextLoads.get(name) === load) this.#nextLoads.delete(name);
      await this.#load(name);
    });
    this.#nextLoads.set(name, load);
    return load;
  }

  /** Resolves when its last request has ended and its memory is freed. @throws SandpiperError `not-found` */
  async unload(name: string): Promise<void> {
    // Later requests to load must not join a load from before this unload.
    this.#nextLoads.delete(name);
    let freed = Promise.resolve();
    await this.#afterOthers(name, async () => {
      this.#options.catalogue.get(name);
      freed = this.#swap(name, []);
    });
    await freed;
  }

  async #load(name: string): Promise<void> {
    const { settings } = this.#options;
    const locations = versionsToServe(await findVersions(settings.models, name), settings.versions);
    const brought = await Promise.allSettled(locations.map(async (location) => this.#readAndBring(location)));
    const models = brought.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = brought.find((one) => one.status === 'rejected');
    if (failed !== undefined) {
      for (const model of models) model.release();
      throw failed.reason;
    }
    void this.#swap(name, models);
  }

  /**
   * The hot swap: the catalogue changes at once, so that each request is served by one version from its start to its end.
   * A version that is taken out finishes its requests, and then its memory in other threads is freed.
   *
   * @param models versions whose samples have passed; none to take the model out of service
   * @returns resolves when the versions from before are freed; never rejects
   */
  async #swap(name: string, models: readonly ServedModel[]): Promise<void> {
    const { catalogue, context } = this.#options;
    for (const model of models) {
      model.ready = true;
      this.#states.loaded(model);
    }
    const before = catalogue.replace(name, models);
    const replaced = before.map(({ version }) => version);
    for (const { version, loadSeconds } of models) {
      const ms = Math.round(loadSeconds * 1_000);
      const fields = { model: name, version, ms, ...(replaced.length > 0 && { replaced }) };
      context.logger.info(fields, 'model in service');
    }
    if (models.length === 0) context.logger.info({ model: name, versions: replaced }, 'model unloaded');
    await Promise.all(before.map(async (model) => this.#retire(model)));
  }

  /** Waits for the model's requests and frees it. */
  async #retire(model: ServedModel): Promise<void> {
    using _unloading = this.#states.unloading(model);
    model.breaker[Symbol.dispose]();
    await model.inFlight.empty();
    model.release();
  }

  async #readAndBring(location: ModelLocation): Promise<ServedModel> {
    using _loading = this.#states.loading(location);
    try {
      return await this.#bring(await readModelFolder(location));
    } catch (error) {
      this.#states.failed(location, error);
      const { name, version } = location;
      this.#options.context.logger.warn({ model: name, version, why: messageOf(error) }, 'model not loaded');
      throw error;
    }
  }

  /**
   * Components into the cache before any graph is loaded, one after another: a process that translates one takes
   * memory that the graphs of all models would leave too little of. What fails here fails again where it is reported.
   */
  async #translateFirst(folders: readonly ModelFolder[]): Promise<void> {
    for (const folder of folders) {
      if (folder.kind === 'component')
        await loadComponent(folder, this.#options.context).catch(() => undefined);
    }
  }

  async #bring(folder: ModelFolder): Promise<ServedModel> {
    const { context } = this.#options;
    const started = performance.now();
    context.observer.loaded(folder.name);
    const model = await loadModel(folder, this.#keyOf(folder), context);
    try {
      model.sampleResult = await model.passSample();
      model.loadSeconds = (performance.now() - started) / 1_000;
      return model;
    } catch (error) {
      model.release();
      throw error;
    }
  }

  /** `name@version`, followed by the number of the load from the second on. */
  #keyOf(folder: ModelFolder): string {
    const key = titleOf(folder);
    const load = (this.#loads.get(key) ?? 0) + 1;
    this.#loads.set(key, load);
    return load === 1 ? key : `${key}#${load}`;
  }

  async #afterOthers(name: string, change: () => Promise<void>): Promise<void> {
    const turn = (this.#changes.get(name) ?? Promise.resolve()).then(change);
    const ended = turn.catch(() => undefined);
    this.#changes.set(name, ended);
    try {
      await turn;
    } finally {
      if (this.#changes.get(name) === ended) this.#changes.delete(name);
    }
  }
}

function noModels(directory: string, unusable: readonly UnusableLocation[]): SandpiperError {
  const locations = unusable.map(
    ({ name, version, reason }) => ` ${version === '' ? name : `${name}/${version}`}: ${reason}.`,
  );
  return invalidConfig(
    `There is no model in ${directory}: expected <name>/<version>/${MODEL_FILES.join(' or ')}; name another directory by the setting models.${locations.slice(0, MAX_REASONS).join('')}`,
  );
}

function sizeOf(folder: ModelFolder): number {
  if (folder.kind === 'graph') return folder.graph.model.byteLength;
  return [...folder.graphs.values()].reduce((sum, { model }) => sum + model.byteLength, 0);
}
