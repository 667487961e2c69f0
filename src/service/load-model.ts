/** From a model folder to a model in service: graphs into the engines, component into the guest threads. */
import type { EnginePool } from '../engine/engine-pool.ts';
import { EngineError } from '../engine/engine-error.ts';
import type { ServiceLimits } from '../config/limits.ts';
import { SandpiperError } from '../errors.ts';
import { checkImageInput, type ImageInput } from '../media/image-input.ts';
import type { ModelFolder } from '../repository/model-folder.ts';
import { compileComponent } from '../sandbox/compile-component.ts';
import type { ComponentCache } from '../sandbox/component-cache.ts';
import { assertGranted } from '../sandbox/grants.ts';
import { guestSlots } from '../sandbox/guest-pool.ts';
import type { GuestProgram } from '../sandbox/guest-protocol.ts';
import { ServedComponent, type ServedComponentContext } from './served-component.ts';
import type { Task } from './tasks.ts';

export interface LoadContext extends ServedComponentContext {
  engines: EnginePool;
  cache: ComponentCache;
  limits: ServiceLimits;
}

/** The interface that a component must export for its task. */
export const TARGETS: Readonly<Record<Task, string>> = {
  'image-classification': 'sandpiper:inference/image-classification@0.1.0',
  'speech-transcription': 'sandpiper:inference/speech-transcription@0.1.0',
};

/** @throws SandpiperError `invalid-model`, `invalid-component` */
export async function loadModel(folder: ModelFolder, context: LoadContext): Promise<ServedComponent> {
  assertMemory(folder, context);
  const [component, graphs] = await Promise.all([
    loadComponent(folder, context),
    loadGraphs(folder, context),
  ]);
  return installModel(folder, { component, graphs }, context);
}

/** The last step: the guest threads have the program, and the component has said what it wants. */
export async function installModel(
  folder: ModelFolder,
  { component, graphs }: Pick<GuestProgram, 'component' | 'graphs'>,
  context: LoadContext,
): Promise<ServedComponent> {
  const program: GuestProgram = {
    key: keyOf(folder),
    component,
    target: TARGETS[folder.manifest.task],
    graphs,
    config: new Map(Object.entries(folder.manifest.config)),
    assets: folder.assets,
    folders: folder.folders,
    limits: folder.limits,
    grants: folder.manifest.grants,
  };
  context.guests.install(program);
  const model = new ServedComponent(folder, program, context);
  try {
    model.description = await describe(model);
    return model;
  } catch (error) {
    context.guests.uninstall(program.key);
    throw error;
  }
}

/** A guest thread holds one instance that serves and one that is made ahead. */
const INSTANCES_PER_THREAD = 2;

function assertMemory(folder: ModelFolder, { limits, places }: LoadContext): void {
  const { memoryBytes } = folder.limits;
  const most = memoryBytes * INSTANCES_PER_THREAD * guestSlots(places);
  if (most > limits.allMemoryBytes) {
    throw new SandpiperError(
      'invalid-model',
      `Cannot load model ${keyOf(folder)}: its memoryBytes of ${memoryBytes} on ${places} guest threads come to ${most}, over the service's allMemoryBytes of ${limits.allMemoryBytes}; lower the one, or raise the other with --all-memory-bytes.`,
    );
  }
}

/** @throws SandpiperError `invalid-component` */
export async function loadComponent(
  folder: ModelFolder,
  { cache, limits }: Pick<LoadContext, 'cache' | 'limits'>,
): Promise<GuestProgram['component']> {
  const { task, grants } = folder.manifest;
  const name = componentName(folder);
  const component = await compileComponent(folder.component, { name, cache, limits, caps: folder.limits });
  assertGranted(name, component.imports, grants);
  const target = TARGETS[task];
  if (!component.exports.includes(target)) {
    throw new SandpiperError(
      'invalid-component',
      `Cannot load component ${name}: it exports ${component.exports.join(', ') || 'nothing'}, and ${task} needs ${target}.`,
    );
  }
  return component;
}

/** @throws SandpiperError `invalid-model` */
export async function loadGraphs(
  folder: ModelFolder,
  { engines }: Pick<LoadContext, 'engines'>,
): Promise<GuestProgram['graphs']> {
  // The largest first: it takes longest, and the smaller ones then fill the other engine threads.
  const bySize = [...folder.graphs].toSorted(([, a], [, b]) => b.model.byteLength - a.model.byteLength);
  const loads = bySize.map(async ([name, { model, wide }]) => {
    try {
      return [name, await engines.load(`${keyOf(folder)}/${name}`, model, wide)] as const;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw new SandpiperError(
        'invalid-model',
        `Cannot load graph ${name} of model ${keyOf(folder)}: ${error.message}`,
      );
    }
  });
  return new Map(await Promise.all(loads));
}

/** For messages. */
export function componentName({ name, version, manifest: { component } }: ModelFolder): string {
  return 'builtin' in component ? component.builtin : `${name}/${version}/${component.file}`;
}

async function describe(model: ServedComponent): Promise<unknown> {
  using scope = model.scope({});
  const description = await model.call({ function: 'describe', args: [] }, scope);
  if (model.folder.manifest.task === 'image-classification') checkImageInput(description as ImageInput);
  return description;
}

function keyOf({ name, version }: ModelFolder): string {
  return `${name}@${version}`;
}
