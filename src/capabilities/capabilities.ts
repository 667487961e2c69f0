/** Everything that a component may be granted: each capability is a folder here and a row in this list. */
import { z } from 'zod';
import type { Capability } from './capability.ts';
import { cli } from './cli/capability.ts';
import { clocks } from './clocks/capability.ts';
import { filesystem } from './filesystem/capability.ts';
import { graphLoad } from './graph-load.ts';
import { http } from './http/capability.ts';
import { io } from './io/capability.ts';
import { logging } from './logging/capability.ts';
import { random } from './random/capability.ts';
import { sockets } from './sockets/capability.ts';

export const CAPABILITIES: readonly Capability[] = [
  logging,
  graphLoad,
  clocks,
  random,
  cli,
  filesystem,
  http,
  sockets,
  io,
];

/** `grants` of a manifest. */
export const grantsSchema = z
  .strictObject({
    ...logging.grants,
    ...graphLoad.grants,
    ...clocks.grants,
    ...random.grants,
    ...cli.grants,
    ...filesystem.grants,
    ...http.grants,
    ...sockets.grants,
  })
  .describe(
    'What the component may import besides wasi:nn, its config and its assets. Denied unless stated; an empty list or object lets an interface be imported and gives nothing there',
  );

/** Granted capabilities by key; a missing key is denied. */
export type Grants = Partial<z.output<typeof grantsSchema>>;
