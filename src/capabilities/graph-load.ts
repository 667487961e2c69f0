import { z } from 'zod';
import type { Capability } from './capability.ts';

/** wasi:nn is linked for every component: this lets its `load` take graphs that the component brings. */
export const graphLoad = {
  grants: {
    graphLoad: z
      .boolean()
      .default(false)
      .describe('wasi:nn load: graphs from bytes that the component brings'),
  },
  interfaces: { graphLoad: [] },
} as const satisfies Capability;
