/** The model folder of a new project: the files of a model that exists, under a manifest of their own. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseJson } from '../config/json-value.ts';
import { messageOf, type SandpiperError, invalidModel } from '../errors.ts';
import {
  parseManifest,
  sampleFilesOf,
  type ComponentManifest,
  type WrittenSample,
} from '../repository/manifest.ts';
import { COMPONENT_FILE } from '../toolkit/install-component.ts';
import { sealManifest } from '../toolkit/seal-manifest.ts';
import type { Language, ProjectTask } from './languages.ts';

/** Where the graphs of a new model come from. */
export type ModelSource =
  /** A model folder; `files` has those that are not in it. */
  | { kind: 'folder'; folder: string; files?: string }
  /** A graph alone: what else the manifest of a classifier needs comes with it. */
  | { kind: 'graph'; graph: string; labels: string; sample: string; expect: string };

/** A digest that no file has, until the first build of the component. */
const UNBUILT = '0'.repeat(64);

/**
 * Copies the model's files into `target` and writes its model.json there, which names a component that is still to
 * be built.
 *
 * @throws SandpiperError `invalid-model` for a source that is no model of the task
 */
export async function copyModel(
  source: ModelSource,
  target: string,
  { task, grants, limits }: { task: ProjectTask } & Pick<Language, 'grants' | 'limits'>,
): Promise<WrittenManifest> {
  const manifest =
    source.kind === 'folder' ? await readManifest(source.folder, task) : manifestOf(source, task);
  const files = source.kind === 'folder' ? filesIn(manifest, source) : filesOf(source);
  await mkdir(target, { recursive: true });
  for (const [name, from] of files) {
    const to = join(target, name);
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to).catch((cause: unknown) => {
      throw invalidModel(`Cannot copy ${from}: ${messageOf(cause)}.`, { cause });
    });
  }
  await sealManifest(manifest, target);
  const own = {
    ...manifest,
    component: { file: COMPONENT_FILE, sha256: UNBUILT },
    grants: { logging: true, ...grants },
    limits: { ...manifest.limits, ...limits },
  };
  await writeFile(join(target, 'model.json'), `${JSON.stringify(own, null, 2)}\n`);
  return manifest;
}

/** As it is written: without the defaults that the schema fills in. */
type WrittenManifest = Pick<ComponentManifest, 'task' | 'licence' | 'source'> & {
  sample: WrittenSample;
} & Partial<Omit<ComponentManifest, 'component' | '$schema' | 'sample'>>;

async function readManifest(folder: string, task: ProjectTask): Promise<WrittenManifest> {
  const path = join(folder, 'model.json');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw refused(`${folder} has no model.json; name the folder of a version, such as models/name/1`, cause);
  });
  const json = parseJson(text, (cause) => refused(`${path} is not JSON (${messageOf(cause)})`, cause));
  const parsed = parseManifest(json);
  if (!parsed.success) throw refused(`in ${path}, ${parsed.problem}`);
  if (parsed.manifest.task !== task) {
    throw refused(`the model in ${folder} is for ${parsed.manifest.task}, and the project for ${task}`);
  }
  const { component: _component, $schema: _schema, ...rest } = json as ComponentManifest;
  return rest;
}

function manifestOf(source: Extract<ModelSource, { kind: 'graph' }>, task: ProjectTask): WrittenManifest {
  if (task !== 'image-classification') {
    throw refused(`a graph alone says too little for ${task}; name a model folder with --model`);
  }
  const unsealed = (path: string) => ({ file: basename(path), sha256: UNBUILT });
  return {
    task,
    graphs: { model: { ...unsealed(source.graph), threads: 'one' } },
    labels: unsealed(source.labels),
    config: { mean: '127.5', std: '127.5' },
    sample: { ...unsealed(source.sample), expect: source.expect },
    licence: 'LicenseRef-Unknown',
    source: basename(source.graph),
  };
}

/** Each file that a manifest names, by its name there. */
function filesIn(
  manifest: WrittenManifest,
  { folder, files = folder }: Extract<ModelSource, { kind: 'folder' }>,
): [name: string, from: string][] {
  const { graphs = {}, assets = {}, labels, sample } = manifest;
  const data = Object.values(graphs).flatMap((graph) => graph.data ?? []);
  const named = [
    ...Object.values(graphs),
    ...data,
    ...Object.values(assets),
    ...(labels ? [labels] : []),
    ...sampleFilesOf(sample),
  ];
  return named.map(({ file }) => {
    const own = join(folder, file);
    return [file, existsSync(own) ? own : join(files, file)];
  });
}

function filesOf(source: Extract<ModelSource, { kind: 'graph' }>): [name: string, from: string][] {
  return [source.graph, source.labels, source.sample].map((path) => [basename(path), path]);
}

function refused(why: string, cause?: unknown): SandpiperError {
  return invalidModel(`Cannot use this model: ${why}.`, { cause });
}
