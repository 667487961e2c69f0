/** The parts of the service that loading a model uses. */
import type { ServiceLimits } from '../../config/limits.ts';
import { EngineError } from '../../engine/engine-error.ts';
import { invalidModel } from '../../errors.ts';
import type { ModelFolder } from '../../repository/model-folder.ts';
import type { ComponentCache } from '../../sandbox/component/component-cache.ts';
import type { Media } from './component-task.ts';
import type { ServedModelContext } from './served-model.ts';

export interface LoadContext extends ServedModelContext {
  cache: ComponentCache;
  limits: ServiceLimits;
  media: Media;
}

/** Converts the engine's refusal of a graph to a SandpiperError. */
export function refusedGraph(which: string, error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  return invalidModel(`Cannot load ${which}: ${error.message}`, { cause: error });
}

export function titleOf({ name, version }: Pick<ModelFolder, 'name' | 'version'>): string {
  return `${name}@${version}`;
}
