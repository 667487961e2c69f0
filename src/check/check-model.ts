/** Reports a model folder: its component, its graphs in the engine, and its sample on the whole path. */
import { MODEL_LIMITS, type ServiceLimits } from '../config/limits.ts';
import type { Settings } from '../config/settings.ts';
import { Engine } from '../engine/engine.ts';
import type { GraphFacts } from '../engine/graph-facts.ts';
import { messageOf } from '../errors.ts';
import { PictureDecoder } from '../media/picture-decoder.ts';
import { SoundDecoder } from '../media/sound-decoder.ts';
import {
  readGraphFile,
  readModelFolder,
  type GraphFolder,
  type ModelFolder,
} from '../repository/model-folder.ts';
import type { ComponentFolder } from '../repository/component-folder.ts';
import { isBuiltinComponent, isSoleFile, type ManifestSample } from '../repository/manifest.ts';
import type { ModelLocation } from '../repository/model-repository.ts';
import { GuestPool } from '../sandbox/guest/guest-pool.ts';
import { guestSlots } from '../sandbox/guest/guest-threads.ts';
import type { Logger } from '../telemetry/logger.ts';
import { QueuedBytes } from '../service/queue/queued-bytes.ts';
import { CheckCache, reportComponent } from './check-component.ts';
import type { CheckReport, GraphReport, ModelReport } from './check-report.ts';
import { signatureOf } from '../service/api/graph-signature.ts';
import { installModel, loadComponent, loadGraphs } from '../service/lifecycle/load-component.ts';
import { titleOf, type LoadContext } from '../service/models/load-context.ts';
import { loadGraphModel } from '../service/lifecycle/load-model.ts';
import { logGuest } from '../service/models/log-guest.ts';
import { NO_OBSERVER } from '../telemetry/observer.ts';
import { Scheduler } from '../service/queue/scheduler.ts';
import type { ServedModel } from '../service/models/served-model.ts';

/** A check runs one request at a time. */
const THREADS = 1;
const GUEST_THREADS = { threads: THREADS, longCalls: THREADS };

/**
 * Fills in a report step by step, so that it keeps what was found before a failure.
 *
 * @throws SandpiperError for a problem that ends the check early
 */
export async function checkModel(
  location: ModelLocation,
  report: CheckReport,
  { limits }: Settings,
  logger: Logger,
): Promise<void> {
  const folder = await readModelFolder(location);
  const model = reportModel(folder);
  report.model = model;
  const check = { report, model, limits, logger };
  return folder.kind === 'component' ? checkComponentModel(folder, check) : checkGraphModel(folder, check);
}

/** Reports a graph that is in no model folder yet. @throws SandpiperError for a problem that ends the check early */
export async function checkGraphFile(
  path: string,
  report: CheckReport,
  { limits }: Settings,
  logger: Logger,
): Promise<void> {
  const folder = await readGraphFile(path);
  const model = reportModel(folder);
  report.model = model;
  return checkGraphModel(folder, { report, model, limits, logger });
}

interface Check {
  report: CheckReport;
  model: ModelReport;
  limits: ServiceLimits;
  logger: Logger;
}

async function checkComponentModel(
  folder: ComponentFolder,
  { report, model, limits, logger }: Check,
): Promise<void> {
  const cache = new CheckCache();
  const { component, grants } = folder.manifest;
  const shownName = isBuiltinComponent(component) ? component.builtin : component.file;
  const given = { grants, limits: folder.limits };
  report.component = await reportComponent(shownName, folder.component, given, { cache, limits });
  await using context = startParts(limits, logger, cache);
  const key = titleOf(folder);
  // Loading a graph frees its bytes.
  const sizes = [...folder.graphs].map(([name, graph]) => [name, graph.model.byteLength] as const);
  const graphs = loadGraphs(folder, key, context).then((loaded) => {
    model.graphs = sizes.flatMap(([name, bytes]) => {
      const [stated, graph] = [folder.manifest.graphs[name], loaded.get(name)];
      return stated && graph ? [reportGraph(name, stated.file, bytes, graph.facts)] : [];
    });
    return loaded;
  });
  // Wait for both, so that problems of each are reported.
  const [program, loaded] = await Promise.allSettled([loadComponent(folder, context), graphs]);
  if (program.status === 'rejected' && loaded.status === 'rejected')
    report.problems.push(messageOf(loaded.reason));
  if (program.status === 'rejected') throw program.reason;
  if (loaded.status === 'rejected') throw loaded.reason;
  const parts = { key, component: program.value, graphs: loaded.value };
  const served = await installModel(folder, parts, context);
  model.describes = served.summary().prediction ?? null;
  await reportSample(model, served);
}

async function checkGraphModel(folder: GraphFolder, { model, limits, logger }: Check): Promise<void> {
  await using context = startParts(limits, logger);
  const { file, model: content } = folder.graph;
  const bytes = content.byteLength;
  const served = await loadGraphModel(folder, titleOf(folder), context);
  model.graphs = [reportGraph(folder.name, file, bytes, served.graph.facts)];
  await reportSample(model, served);
}

async function reportSample(model: ModelReport, served: ServedModel): Promise<void> {
  using _breaker = served.breaker;
  const { answer, ms } = await served.passSample();
  model.sample.answer = answer;
  model.sample.ms = ms;
}

/**
 * Starts the parts of a service that load and run a model, for one request at a time; they end when the result is
 * disposed of. A failed model is not probed again.
 */
export function startParts(
  limits: ServiceLimits,
  logger: Logger,
  cache = new CheckCache(),
): LoadContext & AsyncDisposable {
  const engine = new Engine({
    runs: THREADS,
    guestSlots: guestSlots(GUEST_THREADS),
    memoryBytes: limits.runMemoryBytes,
    trials: { limits },
  });
  const guests = new GuestPool({
    ...GUEST_THREADS,
    engine,
    limits,
    onLog: (line) => logGuest(logger, line),
  });
  const pictures = new PictureDecoder(limits);
  const sound = new SoundDecoder(limits);
  return {
    engine,
    guests,
    media: { pictures, sound, limits },
    cache,
    limits,
    logger,
    runSlots: THREADS,
    scheduler: new Scheduler({ guestThreads: THREADS, maxConcurrentTranscriptions: THREADS }),
    queuedBytes: new QueuedBytes(Infinity),
    observer: NO_OBSERVER,
    [Symbol.asyncDispose]: async () => {
      await guests.close();
      engine.close();
      await pictures[Symbol.asyncDispose]();
      await sound[Symbol.asyncDispose]();
    },
  };
}

function reportModel({ name, version, manifest, limits }: ModelFolder): ModelReport {
  const { task, licence, source } = manifest;
  const sample = manifest.task === 'tensors' ? undefined : manifest.sample;
  const changed = (Object.keys(MODEL_LIMITS) as (keyof typeof MODEL_LIMITS)[])
    .map((limit) => ({ name: limit, value: limits[limit], default: MODEL_LIMITS[limit] }))
    .filter((limit) => limit.value !== limit.default);
  return {
    name,
    version,
    task,
    licence,
    source,
    grants: manifest.task === 'tensors' ? {} : manifest.grants,
    limits: changed,
    graphs: null,
    describes: null,
    sample: { ...describeSample(sample), answer: null, ms: null },
  };
}

function describeSample(
  sample: ManifestSample | undefined,
): Pick<ModelReport['sample'], 'file' | 'expected'> {
  if (sample === undefined) return { file: null, expected: null };
  const { expect } = sample;
  return {
    file: isSoleFile(sample) ? sample.file : Object.keys(sample.inputs).join(', '),
    expected: typeof expect === 'string' ? expect : JSON.stringify(expect),
  };
}

function reportGraph(name: string, file: string, bytes: number, facts: GraphFacts): GraphReport {
  const { inputs, outputs, metadata } = signatureOf(name, facts);
  return { name, file, bytes, inputs, outputs, metadata };
}
