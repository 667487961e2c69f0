import type { Capability } from '../capability.ts';

/** Streams and waiting; what there is to stream or to wait for comes from other capabilities. */
export const io = {
  grants: {},
  interfaces: {},
  always: ['wasi:io/error', 'wasi:io/poll', 'wasi:io/streams'],
} as const satisfies Capability;
