import { z } from 'zod';
import type { Capability } from '../capability.ts';

export const clocks = {
  grants: {
    clocks: z
      .boolean()
      .default(false)
      .describe('wasi:clocks: the time of day, and a monotonic clock that starts with the instance'),
  },
  interfaces: { clocks: ['wasi:clocks/monotonic-clock', 'wasi:clocks/wall-clock'] },
} as const satisfies Capability;
