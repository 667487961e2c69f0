import type { Capability } from '../capability.ts';

/** Streams and polling; the streams themselves come from other capabilities. */
export const io = {
  grants: {},
  interfaces: {},
  always: ['wasi:io/error', 'wasi:io/poll', 'wasi:io/streams'],
} as const satisfies Capability;
