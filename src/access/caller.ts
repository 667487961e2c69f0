import type { TenantRights } from './tenant-service.ts';
import type { RateLimit } from './rate-limit.ts';

/** Whoever asks, as far as the door knows: one object for as long as a key is unchanged. */
export interface Caller extends TenantRights {
  /** Of its key. */
  readonly name?: string;
  readonly rate?: RateLimit | undefined;
}

/** Without a key where keys are asked for: sees that there is a service, and none of its models. */
export const STRANGER: Caller = { models: new Set(), operator: false };
