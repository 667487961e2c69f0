import type { z } from 'zod';

export interface Capability {
  /** Keys under the manifest's `grants` with the schemas of their values. Denied unless given. */
  readonly grants: Readonly<Record<string, z.ZodType>>;
  /** Interfaces that each key lets a component import, without versions. */
  readonly interfaces: Readonly<Record<string, readonly string[]>>;
  /** Interfaces that may be imported without a grant, since they give access to nothing by themselves. */
  readonly always?: readonly string[];
}
