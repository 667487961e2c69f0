import { z } from 'zod';
import type { Capability } from '../capability.ts';

const environmentName = z
  .string()
  .regex(/^[^=\0]+$/, { error: 'expected the name of a variable, without "=" or NUL' });

const withoutNul = z.string().regex(/^[^\0]*$/, { error: 'expected text without NUL' });

export const cli = {
  grants: {
    stdio: z
      .boolean()
      .default(false)
      .describe(
        'wasi:cli stdin, stdout, stderr: an empty input; lines of output go to the service log within logBytes',
      ),
    exit: z
      .boolean()
      .default(false)
      .describe('wasi:cli exit: it ends the instance, and the call as a failure'),
    env: z
      .record(environmentName, withoutNul)
      .optional()
      .describe('wasi:cli environment: the variables that the component sees, and no others'),
    args: z.array(withoutNul).readonly().optional().describe('wasi:cli arguments, the program name first'),
  },
  interfaces: {
    stdio: [
      'wasi:cli/stdin',
      'wasi:cli/stdout',
      'wasi:cli/stderr',
      'wasi:cli/terminal-input',
      'wasi:cli/terminal-output',
      'wasi:cli/terminal-stdin',
      'wasi:cli/terminal-stdout',
      'wasi:cli/terminal-stderr',
    ],
    exit: ['wasi:cli/exit'],
    env: ['wasi:cli/environment'],
    args: ['wasi:cli/environment'],
  },
} as const satisfies Capability;
