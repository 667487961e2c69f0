/** A model folder's own report: its component, its graphs in the engine, its sample through the whole path. */
import { MODEL_LIMITS, type ServiceLimits } from '../config/limits.ts';
import type { Settings } from '../config/settings.ts';
import { EnginePool } from '../engine/engine-pool.ts';
import type { PortFacts } from '../bridge/protocol.ts';
import { messageOf } from '../errors.ts';
import { SoundDecoder } from '../media/decode-sound.ts';
import { readModelFolder, type ModelFolder } from '../repository/model-folder.ts';
import { GuestPool, guestSlots } from '../sandbox/guest-pool.ts';
import type { GuestProgram } from '../sandbox/guest-protocol.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Backlog } from './admission.ts';
import { CheckCache, reportComponent } from './check-component.ts';
import type { CheckReport, GraphReport, ModelReport, PortReport } from './check-report.ts';
import { installModel, loadComponent, loadGraphs, type LoadContext } from './load-model.ts';
import { logGuest } from './log-guest.ts';
import { NO_OBSERVER } from '../telemetry/observer.ts';
import { runSample } from './run-sample.ts';
import { Scheduler } from './scheduler.ts';
import type { Media } from './task-runner.ts';

/** One of each: a check runs one request. */
const THREADS = 1;

export interface ModelPlace {
  folder: string;
  name: string;
  version: number;
}

/**
 * Fills in a report, so that what was found out before a failure stays in it.
 *
 * @throws SandpiperError for what ends the check early
 */
export async function checkModel(
  place: ModelPlace,
  report: CheckReport,
  { limits }: Settings,
  logger: Logger,
): Promise<void> {
  const folder = await readModelFolder(place.folder, place.name, place.version);
  const model = reportModel(folder);
  report.model = model;
  const cache = new CheckCache();
  report.component = await reportComponent(
    {
      name: fileOfComponent(folder),
      bytes: folder.component,
      grants: folder.manifest.grants,
      limits: folder.limits,
    },
    { cache, limits },
  );
  await using threads = startThreads(limits, logger);
  const context: LoadContext = {
    ...threads,
    cache,
    limits,
    places: THREADS,
    scheduler: new Scheduler({ guestThreads: THREADS, begunSounds: THREADS }),
    backlog: new Backlog(Infinity),
    logger,
    observer: NO_OBSERVER,
    probe: noProbe,
  };
  const graphs = loadGraphs(folder, context).then((loaded) => {
    model.graphs = reportGraphs(folder, loaded);
    return loaded;
  });
  // Both to their ends: what is wrong with the one says nothing of the other.
  const [program, loaded] = await Promise.allSettled([loadComponent(folder, context), graphs]);
  if (program.status === 'rejected' && loaded.status === 'rejected')
    report.problems.push(messageOf(loaded.reason));
  if (program.status === 'rejected') throw program.reason;
  if (loaded.status === 'rejected') throw loaded.reason;
  const parts = { component: program.value, graphs: loaded.value };
  const served = await installModel(folder, parts, context);
  using _breaker = served.breaker;
  const { answer, ms } = await runSample(served, threads.media);
  model.sample.answer = answer;
  model.sample.ms = ms;
}

/** A model that fails is not tried again. */
async function noProbe(): Promise<void> {}

function startThreads(
  limits: ServiceLimits,
  logger: Logger,
): Pick<LoadContext, 'engines' | 'guests'> & { media: Media } & AsyncDisposable {
  const onLost = (reason: string): void => logger.fatal(`an engine thread ended: ${reason}`);
  const engines = new EnginePool({ engines: THREADS, guestSlots: guestSlots(THREADS), onLost });
  const guests = new GuestPool({
    threads: THREADS,
    engines,
    limits,
    onLog: (line) => logGuest(logger, line),
  });
  const sound = new SoundDecoder(limits);
  return {
    engines,
    guests,
    media: { sound, limits },
    [Symbol.asyncDispose]: async () => {
      await guests.close();
      await engines.close();
      await sound[Symbol.asyncDispose]();
    },
  };
}

function fileOfComponent({ manifest: { component } }: ModelFolder): string {
  return 'builtin' in component ? component.builtin : component.file;
}

function reportModel({ name, version, manifest, limits }: ModelFolder): ModelReport {
  const { task, licence, source, grants, sample } = manifest;
  const changed = (Object.keys(MODEL_LIMITS) as (keyof typeof MODEL_LIMITS)[])
    .map((limit) => ({ name: limit, value: limits[limit], default: MODEL_LIMITS[limit] }))
    .filter((limit) => limit.value !== limit.default);
  return {
    name,
    version,
    task,
    licence,
    source,
    grants,
    limits: changed,
    graphs: null,
    sample: { file: sample.file, expected: sample.expect, answer: null, ms: null },
  };
}

function reportGraphs({ graphs, manifest }: ModelFolder, loaded: GuestProgram['graphs']): GraphReport[] {
  return Object.entries(manifest.graphs).map(([name, { file }]) => ({
    name,
    file,
    bytes: graphs.get(name)?.model.byteLength ?? 0,
    inputs: loaded.get(name)?.facts.inputs.map(reportPort) ?? [],
    outputs: loaded.get(name)?.facts.outputs.map(reportPort) ?? [],
  }));
}

function reportPort({ name, type, elementType, dimensions }: PortFacts): PortReport {
  return { name, type: type ?? null, elementType, shape: dimensions === undefined ? null : [...dimensions] };
}
