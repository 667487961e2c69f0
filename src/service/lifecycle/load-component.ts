/** Loads a model behind a component: graphs into the engine, component into the guest threads. */
import { invalidModel } from '../../errors.ts';
import { freeBytes } from '../../free-bytes.ts';
import type { ComponentFolder } from '../../repository/component-folder.ts';
import { isBuiltinComponent } from '../../repository/manifest.ts';
import { compileComponent } from '../../sandbox/component/compile-component.ts';
import { assertGranted } from '../../sandbox/assert-granted.ts';
import { guestSlots } from '../../sandbox/guest/guest-threads.ts';
import type { CompiledComponent, GuestProgram } from '../../sandbox/guest-protocol.ts';
import { refusedGraph, titleOf, type LoadContext } from '../models/load-context.ts';
import { ServedComponent } from '../models/served-component.ts';
import { taskOf } from '../tasks/task-list.ts';

/** @throws SandpiperError `invalid-model`, `invalid-component` */
export async function loadComponentModel(
  folder: ComponentFolder,
  key: string,
  context: LoadContext,
): Promise<ServedComponent> {
  assertMemory(folder, context);
  // Wait for both: what one has loaded must be freed if the other fails.
  const [component, graphs] = await Promise.allSettled([
    loadComponent(folder, context),
    loadGraphs(folder, key, context),
  ]);
  try {
    if (component.status === 'rejected') throw component.reason;
    if (graphs.status === 'rejected') throw graphs.reason;
    return await installModel(folder, { key, component: component.value, graphs: graphs.value }, context);
  } catch (error) {
    if (graphs.status === 'fulfilled') unloadAll(graphs.value, context);
    throw error;
  }
}

/** The last step: installs the program in the guest threads and asks the component to describe itself. */
export async function installModel(
  folder: ComponentFolder,
  { key, component, graphs }: Pick<GuestProgram, 'key' | 'graphs'> & { component: CompiledComponent },
  context: LoadContext,
): Promise<ServedComponent> {
  const task = taskOf(componentName(folder), folder.manifest.task, component.exports);
  const program: GuestProgram = {
    key,
    component,
    target: task.target,
    graphs,
    config: new Map(Object.entries(folder.manifest.config)),
    assets: folder.assets,
    folders: folder.folders,
    limits: folder.limits,
    grants: folder.manifest.grants,
  };
  await context.guests.up;
  context.guests.install(program);
  const { component: _file, graphs: _graphs, assets: _assets, folders: _folders, ...kept } = folder;
  const model = new ServedComponent(kept, program, context);
  try {
    await model.describe((described) => task.bind(model, described, context.media));
    return model;
  } catch (error) {
    context.guests.uninstall(program.key);
    throw error;
  }
}

/** A guest thread holds one serving and one prepared instance. */
const INSTANCES_PER_THREAD = 2;

function assertMemory(folder: ComponentFolder, { limits, runSlots }: LoadContext): void {
  const { memoryBytes } = folder.limits;
  const sounds = limits.maxConcurrentTranscriptions + limits.maxLiveSounds;
  const threads = guestSlots({ threads: runSlots, longCalls: sounds });
  const most = memoryBytes * INSTANCES_PER_THREAD * threads;
  if (most > limits.allMemoryBytes) {
    throw invalidModel(
      `Cannot load model ${titleOf(folder)}: its memoryBytes of ${memoryBytes} on ${runSlots} guest threads and ${sounds} for sounds come to ${most}, over the service's allMemoryBytes of ${limits.allMemoryBytes}; lower the one, or raise the other with --all-memory-bytes.`,
    );
  }
}

/** @throws SandpiperError `invalid-component` */
export async function loadComponent(
  folder: ComponentFolder,
  { cache, limits }: Pick<LoadContext, 'cache' | 'limits'>,
): Promise<CompiledComponent> {
  const { task, grants } = folder.manifest;
  const name = componentName(folder);
  const component = await compileComponent(folder.component, { name, cache, limits, caps: folder.limits });
  assertGranted(name, component.imports, grants);
  taskOf(name, task, component.exports);
  return component;
}

/** Loads all graphs or none. @throws SandpiperError `invalid-model` */
export async function loadGraphs(
  folder: ComponentFolder,
  key: string,
  context: Pick<LoadContext, 'engine'>,
): Promise<GuestProgram['graphs']> {
  // The largest first: it takes longest, and the smaller ones fill the other cores meanwhile.
  const bySize = [...folder.graphs].toSorted(([, a], [, b]) => b.model.byteLength - a.model.byteLength);
  const loads = bySize.map(async ([name, { model, threads }]) => {
    try {
      const graph = await context.engine.load(`${key}/${name}`, model, { threads, bare: false });
      freeBytes(model);
      return [name, graph] as const;
    } catch (error) {
      throw refusedGraph(`graph ${name} of model ${titleOf(folder)}`, error);
    }
  });
  const loaded = await Promise.allSettled(loads);
  const refused = loaded.find((load) => load.status === 'rejected');
  const graphs = new Map(loaded.flatMap((load) => (load.status === 'fulfilled' ? [load.value] : [])));
  if (refused === undefined) return graphs;
  unloadAll(graphs, context);
  throw refused.reason;
}

function unloadAll(graphs: GuestProgram['graphs'], { engine }: Pick<LoadContext, 'engine'>): void {
  for (const { key } of graphs.values()) engine.unload(key);
}

function componentName({ name, version, manifest: { component } }: ComponentFolder): string {
  return isBuiltinComponent(component) ? component.builtin : `${name}/${version}/${component.file}`;
}
