import type { CallerRights } from './caller-service.ts';
import type { RateLimit } from './rate-limit.ts';

/** The holder of a key, or everybody if there are no keys; one object for as long as the key is unchanged. */
export interface Caller extends CallerRights {
  readonly name?: string;
  readonly rate?: RateLimit | undefined;
}

/** A caller without a key on a path that needs none: sees no model. */
export const ANONYMOUS: Caller = { models: new Set(), operator: false };
