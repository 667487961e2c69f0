import type { z } from 'zod';

/** Something that a component may be given: what grants it, and what it lets import. */
export interface Capability {
  /** The keys under the manifest's `grants`, by the schema of their values. Denied unless given. */
  readonly grants: Readonly<Record<string, z.ZodType>>;
  /** What each key lets a component import: interface names without versions. */
  readonly interfaces: Readonly<Record<string, readonly string[]>>;
  /** What may be imported without a grant, since it gives nothing by itself. */
  readonly always?: readonly string[];
}
