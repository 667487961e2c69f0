/** What loading a model needs of the service, whatever kind of model it is. */
import type { ServiceLimits } from '../../config/limits.ts';
import { EngineError } from '../../engine/engine-error.ts';
import type { Engine } from '../../engine/engine.ts';
import { SandpiperError } from '../../errors.ts';
import type { ModelFolder } from '../../repository/model-folder.ts';
import type { ComponentCache } from '../../sandbox/component/component-cache.ts';
import type { GuestPool } from '../../sandbox/guest/guest-pool.ts';
import type { Media } from './media.ts';
import type { ServedModelContext } from './served-model.ts';

export interface LoadContext extends ServedModelContext {
  engine: Engine;
  guests: GuestPool;
  cache: ComponentCache;
  limits: ServiceLimits;
  media: Media;
}

/** What the engine has against a graph, as an error of this service. */
export function refusedGraph(which: string, error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  return new SandpiperError('invalid-model', `Cannot load ${which}: ${error.message}`, { cause: error });
}

/** For messages. */
export function titleOf({ name, version }: ModelFolder): string {
  return `${name}@${version}`;
}
