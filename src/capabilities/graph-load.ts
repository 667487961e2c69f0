import { z } from 'zod';
import type { Capability } from './capability.ts';

/** Lets wasi:nn's `load` take graphs that the component brings; wasi:nn itself needs no grant. */
export const graphLoad = {
  grants: {
    graphLoad: z
      .boolean()
      .default(false)
      .describe('wasi:nn load: graphs from bytes that the component brings'),
  },
  interfaces: { graphLoad: [] },
} as const satisfies Capability;
