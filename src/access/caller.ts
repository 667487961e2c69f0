import type { RateLimit } from './rate-limit.ts';

/** The holder of a key, or everybody if there are no keys. */
export interface Caller {
  readonly name?: string;
  /** Names of the models that exist for it; undefined for all. */
  readonly models?: ReadonlySet<string> | undefined;
  /** May load and unload models. */
  readonly operator: boolean;
  readonly rate?: RateLimit | undefined;
}

/** A caller without a key on a path that needs none: sees no model. */
export const ANONYMOUS: Caller = { models: new Set(), operator: false };
