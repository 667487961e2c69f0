import { z } from 'zod';
import type { Capability } from '../capability.ts';

export const logging = {
  grants: {
    logging: z.boolean().default(false).describe('wasi:logging: lines go to the service log'),
  },
  interfaces: { logging: ['wasi:logging/logging'] },
} as const satisfies Capability;
