/** A classifier's ONNX file, its labels and a picture become a model folder for the built-in component. */
import { copyFile, mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { Settings } from '../config/settings.ts';
import { EngineError } from '../engine/engine-error.ts';
import { inspectGraph, type InspectedGraph } from '../engine/inspect-graph.ts';
import { SandpiperError, messageOf, invalidConfig, invalidModel } from '../errors.ts';
import { readModelFolder } from '../repository/model-folder.ts';
import type { ComponentFolder } from '../repository/component-folder.ts';
import { findVersions, MODEL_NAME } from '../repository/model-repository.ts';
import { sampleMatches } from '../service/tasks/sample-matches.ts';
import { tryClassifier, type ClassifierTrial } from '../check/try-classifier.ts';
import type { Logger } from '../telemetry/logger.ts';
import { sealManifest } from '../toolkit/seal-manifest.ts';
import { copyAuthorGraph, readAuthorGraph, type AuthorGraph } from './author-graph.ts';
import { classifierConfig, NoClassifier, type ClassifierConfig } from './classifier-config.ts';
import { otherWays, type Place } from './other-ways.ts';

export interface AddRequest {
  graph: string;
  /** Asked for once the graph is known to be a classifier, as the sample. */
  labels?: string | undefined;
  sample?: string | undefined;
  /** Default: the graph's file name. */
  name?: string | undefined;
  /** The right label of the sample. */
  expect?: string | undefined;
  /** `(pixel - mean) / std`; found by trying if not given. */
  mean?: string | undefined;
  std?: string | undefined;
  /** Pixels of each side, for a graph that leaves it open. */
  size?: string | undefined;
  licence?: string | undefined;
  source?: string | undefined;
}

/** One way to make numbers of pixels, and its result. */
export interface Candidate {
  title: string;
  config: Record<string, string>;
  trial: ClassifierTrial;
}

const NORMALISATIONS = [
  { title: "ImageNet's mean and deviation", mean: '123.675,116.28,103.53', std: '58.395,57.12,57.375' },
  { title: '-1 to 1', mean: '127.5', std: '127.5' },
  { title: '0 to 1', mean: '0', std: '255' },
  { title: '0 to 255', mean: '0', std: '1' },
] as const;

/**
 * @param choose which answer is right, where a person can be asked; the surest is first
 * @returns what was read from the graph, as `about`, and what is doubtful, as `notes`
 * @throws SandpiperError `invalid-model`, `invalid-config`: nothing is left behind then
 */
export async function addModel(
  request: AddRequest,
  settings: Settings,
  { logger, choose }: { logger: Logger; choose?: (candidates: readonly Candidate[]) => Promise<Candidate> },
) {
  const name = request.name ?? basename(request.graph, extname(request.graph)).replaceAll(/[^\w.-]+/g, '-');
  if (!MODEL_NAME.test(name)) {
    throw invalid(
      `${JSON.stringify(name)} is no name for a model: choose one of letters, digits, dot, dash and underscore with --name`,
    );
  }
  const given = await readGiven(request);
  const before = await findVersions(settings.models, name).catch(() => []);
  const version = 1 + Math.max(0, ...before.map((location) => location.version));
  const folder = join(settings.models, name, String(version));
  const { data } = given.graph;
  const place = { file: request.graph, name, folder, data };
  const found = inspected(given.graph.model, place);
  const { backend } = found;
  const { config, channels, about, assumed } = fitted(found, given.classes, place);
  const { labels, sample } = request;
  if (labels === undefined || sample === undefined) {
    const ways = otherWays(found, place, { component: true });
    throw invalidConfig(
      `An image classifier comes with a text of its labels and a picture to try it with: give --labels and --sample. ${ways}`,
    );
  }
  if (request.size !== undefined) Object.assign(config, { width: request.size });
  const notes = request.size === undefined ? assumed : [];
  const files = {
    graph: `model${backend.extension}`,
    labels: 'labels.txt',
    sample: `sample${extname(sample)}`,
  };
  // No version until it is whole: a service that looks meanwhile sees nothing.
  const staged = join(settings.models, name, `.adding-${process.pid}`);
  try {
    await mkdir(staged, { recursive: true });
    await copyAuthorGraph(given.graph, staged, files.graph);
    await copyFile(labels, join(staged, files.labels));
    await copyFile(sample, join(staged, files.sample));
    const manifest = {
      task: 'image-classification',
      component: { builtin: 'image-classifier' },
      graphs: { model: { file: files.graph, ...dataOf(given.graph) } },
      labels: { file: files.labels },
      config,
      grants: { logging: true },
      sample: { file: files.sample, expect: request.expect ?? '' },
      licence: request.licence ?? 'NOASSERTION',
      source: request.source ?? basename(request.graph),
    };
    const write = async (): Promise<void> =>
      writeFile(join(staged, 'model.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await write();
    const staging = (await readModelFolder({ folder: staged, name, version })) as ComponentFolder;
    const ways = normalisations(request, config, channels);
    const candidates = await tryAll(staging, config, ways, settings, logger);
    const { expect } = request;
    const right = candidates.filter(
      ({ trial }) => expect === undefined || sampleMatches(labelOf(trial), expect),
    );
    const [surest] = right;
    if (surest === undefined) throw notExpected(candidates, expect ?? '');
    const isOpen = right.length > 1 && expect === undefined;
    const chosen = isOpen && choose !== undefined ? await choose(right) : surest;
    manifest.config = chosen.config;
    manifest.sample.expect = labelOf(chosen.trial);
    await sealManifest(manifest, staged);
    await write();
    await rename(staged, folder);
    return { folder, name, sample, about, notes: [...notes, ...doubtsOf(candidates, chosen)], chosen };
  } finally {
    await rm(staged, { recursive: true, force: true });
    // Removes the folder of a first version that failed; one that has versions stays.
    await rmdir(join(settings.models, name)).catch(() => undefined);
  }
}

interface Normalisation {
  title: string;
  mean: string;
  std: string;
}

/** Those that the graph may want. */
function normalisations(
  { mean, std }: AddRequest,
  { type }: Record<string, string>,
  channels: number,
): readonly Normalisation[] {
  if (mean !== undefined || std !== undefined)
    return [{ title: 'as given', mean: mean ?? '0', std: std ?? '1' }];
  if (type === 'U8') return NORMALISATIONS.filter((way) => way.std === '1');
  return NORMALISATIONS.filter((way) => channels === 3 || !way.mean.includes(','));
}

/** The surest first. */
async function tryAll(
  folder: ComponentFolder,
  config: Record<string, string>,
  ways: readonly Normalisation[],
  settings: Settings,
  logger: Logger,
): Promise<Candidate[]> {
  const configs = ways.map((way) => ({ ...config, mean: way.mean, std: way.std }));
  const trials = await tryClassifier(folder, configs, settings, logger);
  const candidates = trials.flatMap((trial, index): Candidate[] => {
    if (trial === undefined) return [];
    const scored = isScored(trial);
    return [
      {
        title: ways[index]?.title ?? '',
        config: { ...configs[index], ...(scored && { 'score-function': 'none' }) },
        trial: scored ? { ...trial, best: trial.raw.slice(0, 3) } : trial,
      },
    ];
  });
  return candidates.toSorted((a, b) => (b.trial.best[0]?.score ?? 0) - (a.trial.best[0]?.score ?? 0));
}

/** Whether the graph itself ends in a softmax: shares that come to 1. */
function isScored({ raw }: ClassifierTrial): boolean {
  const sum = raw.reduce((total, { score }) => total + score, 0);
  return raw.every(({ score }) => score >= 0 && score <= 1) && Math.abs(sum - 1) < 0.01;
}

function labelOf({ best }: ClassifierTrial): string {
  return best[0]?.label ?? '';
}

/** Choices that one picture cannot decide. */
function doubtsOf(candidates: readonly Candidate[], chosen: Candidate): string[] {
  const others = candidates.filter((one) => one !== chosen);
  const found = others.map(
    ({ title, trial: { best } }) => `${title}: ${best[0]?.label} ${best[0]?.score.toFixed(2)}`,
  );
  if (found.length === 0) return [];
  return [
    `the normalisation is a guess by this picture (${found.join('; ')}); where you know it, give --mean and --std, or what the picture shows with --expect`,
  ];
}

function notExpected(candidates: readonly Candidate[], expect: string): SandpiperError {
  const found = candidates.map(({ title, trial }) => `${title}: ${labelOf(trial)}`).join('; ');
  return invalidModel(
    `No normalisation gives ${JSON.stringify(expect)} for the sample (${found}): mend --expect or the order of the labels, or give --mean and --std.`,
  );
}

function dataOf({ data }: AuthorGraph): { data?: { file: string }[] } {
  return data.length > 0 ? { data: data.map((file) => ({ file })) } : {};
}

interface Given {
  graph: AuthorGraph;
  /** Lines of the labels' file. */
  classes: number | undefined;
}

/** @throws SandpiperError `invalid-config` for a file that cannot be read */
async function readGiven({ graph: path, labels: labelsPath, sample }: AddRequest): Promise<Given> {
  const [graph, labels] = await Promise.all([
    readAuthorGraph(path).catch((cause: unknown) => {
      throw cause instanceof SandpiperError ? cause : unreadable(path, cause);
    }),
    labelsPath === undefined ? undefined : read(labelsPath),
    sample === undefined ? undefined : read(sample),
  ]);
  const classes = labels?.toString('utf8').trimEnd().split(/\r?\n/).length;
  return { graph, classes };
}

/** @throws SandpiperError `invalid-model` for a graph that is no image classifier: what it is, and where it can go */
function fitted(found: InspectedGraph, classes: number | undefined, place: Place): ClassifierConfig {
  try {
    return classifierConfig(found.facts, classes);
  } catch (error) {
    if (!(error instanceof NoClassifier)) throw error;
    const ways = otherWays(found, place, { component: true });
    throw invalidModel(`Cannot add ${place.file} as an image classifier: ${error.message}. ${ways}`, {
      cause: error,
    });
  }
}

/** @throws SandpiperError `invalid-model` for a graph that no component can compute */
function inspected(graph: Uint8Array, place: Place): InspectedGraph {
  try {
    return inspectGraph(graph, { bare: false });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const why = `Cannot add ${place.file}: ${error.message}`;
    const bare = inspectedBare(graph);
    const ways = bare === undefined ? '' : ` ${otherWays(bare, place, { component: false })}`;
    throw invalidModel(`${why}${ways}`, { cause: error });
  }
}

/** Clients carry more types than components do. */
function inspectedBare(graph: Uint8Array): InspectedGraph | undefined {
  try {
    return inspectGraph(graph, { bare: true });
  } catch {
    return undefined;
  }
}

async function read(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
}

function unreadable(path: string, cause: unknown): SandpiperError {
  return invalid(`${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? messageOf(cause)})`);
}

function invalid(why: string): SandpiperError {
  return invalidConfig(`Cannot add this model: ${why}.`);
}
