import { z } from 'zod';
import type { Capability } from '../capability.ts';

export const random = {
  grants: {
    random: z.boolean().default(false).describe('wasi:random: numbers and a seed, fresh for each instance'),
  },
  interfaces: { random: ['wasi:random/random', 'wasi:random/insecure', 'wasi:random/insecure-seed'] },
} as const satisfies Capability;
