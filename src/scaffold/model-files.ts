/** The model folder of a new project: the files of a model that exists, under a manifest of their own. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseJson } from '../config/json-value.ts';
import { messageOf, SandpiperError, invalidModel } from '../errors.ts';
import { EngineError } from '../engine/engine-error.ts';
import type { GraphFacts } from '../engine/graph-facts.ts';
import { inspectGraph } from '../engine/inspect-graph.ts';
import { parseManifest, sampleFilesOf, type ComponentManifest } from '../repository/manifest.ts';
import { COMPONENT_FILE } from '../toolkit/install-component.ts';
import { sealManifest } from '../toolkit/seal-manifest.ts';
import { copyAuthorGraph, readAuthorGraph, type AuthorGraph } from './author-graph.ts';
import type { Language, ProjectTask } from './languages.ts';
import { classifierManifest, exampleManifest, UNBUILT, type WrittenManifest } from './written-manifest.ts';

/** Where the graphs of a new model come from. */
export type ModelSource =
  | FolderSource
  /** A graph alone, and what else the manifest of a classifier needs. */
  | { kind: 'classifier'; graph: string; labels: string; sample: string; expect: string }
  /** A graph alone in the place of an example's. */
  | { kind: 'graph'; graph: string; example: FolderSource };

/** A model folder; `files` has those that are not in it. */
export interface FolderSource {
  kind: 'folder';
  folder: string;
  files?: string;
}

/**
 * Copies the model's files into `target` and writes its model.json there, which names a component that is still to
 * be built.
 *
 * @returns what a graph takes and gives for which the component is still to be written, too
 * @throws SandpiperError `invalid-model` for a source that is no model of the task
 */
export async function copyModel(
  source: ModelSource,
  target: string,
  { task, grants, limits }: { task: ProjectTask } & Pick<Language, 'grants' | 'limits'>,
): Promise<{ manifest: WrittenManifest; facts?: GraphFacts | undefined }> {
  const { manifest, files, graph, facts } = await contentsOf(source, task);
  await mkdir(target, { recursive: true });
  for (const [name, from] of files) {
    const to = join(target, name);
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to).catch((cause: unknown) => {
      throw invalidModel(`Cannot copy ${from}: ${messageOf(cause)}.`, { cause });
    });
  }
  if (graph !== undefined) await copyAuthorGraph(graph, target, basename(graph.path));
  await sealManifest(manifest, target);
  const own = {
    ...manifest,
    component: { file: COMPONENT_FILE, sha256: UNBUILT },
    grants: { logging: true, ...grants },
    limits: { ...manifest.limits, ...limits },
  };
  await writeFile(join(target, 'model.json'), `${JSON.stringify(own, null, 2)}\n`);
  return { manifest, facts };
}

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

interface Contents {
  manifest: WrittenManifest;
  files: [name: string, from: string][];
  /** One that is not among the files. */
  graph?: AuthorGraph;
  facts?: GraphFacts;
}

async function contentsOf(source: ModelSource, task: ProjectTask): Promise<Contents> {
  switch (source.kind) {
    case 'folder': {
      const manifest = await readManifest(source.folder, task);
      return { manifest, files: filesIn(manifest, source) };
    }
    case 'classifier': {
      const graph = await readGraph(source.graph);
      const files = [source.labels, source.sample].map(byItsName);
      return { manifest: classifierManifest(graph, factsOf(graph), source), files, graph };
    }
    case 'graph': {
      const { example } = source;
      const graph = await readGraph(source.graph);
      const facts = factsOf(graph);
      const manifest = exampleManifest(await readManifest(example.folder, task), graph, facts);
      return { manifest, files: filesIn({ ...manifest, graphs: {} }, example), graph, facts };
    }
  }
}

function byItsName(path: string): [name: string, from: string] {
  return [basename(path), path];
}

/** @throws SandpiperError `invalid-model` for files that cannot be read */
async function readGraph(path: string): Promise<AuthorGraph> {
  return readAuthorGraph(path).catch((cause: unknown) => {
    throw cause instanceof SandpiperError
      ? cause
      : refused(`${path} cannot be read (${messageOf(cause)})`, cause);
  });
}

/** @throws SandpiperError `invalid-model` for a file that is no graph, or one that no component can compute */
function factsOf({ path, model }: AuthorGraph): GraphFacts {
  try {
    return inspectGraph(model, { bare: false }).facts;
  } catch (cause) {
    if (!(cause instanceof EngineError)) throw cause;
    throw invalidModel(`Cannot use ${path}: ${cause.message}`, { cause });
  }
}

/** Each file that a manifest names, by its name there. */
function filesIn(
  manifest: WrittenManifest,
  { folder, files = folder }: FolderSource,
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

function refused(why: string, cause?: unknown): SandpiperError {
  return invalidModel(`Cannot use this model: ${why}.`, { cause });
}
