import { z } from 'zod';
import type { Capability } from '../capability.ts';

/** Can be imported but not used, for toolchains that always import it. */
export const sockets = {
  grants: {
    sockets: z
      .tuple([])
      .optional()
      .describe('[]: wasi:sockets can be imported, as some toolchains do in any case; every use is refused'),
  },
  interfaces: {
    sockets: [
      'wasi:sockets/network',
      'wasi:sockets/instance-network',
      'wasi:sockets/ip-name-lookup',
      'wasi:sockets/tcp',
      'wasi:sockets/tcp-create-socket',
      'wasi:sockets/udp',
      'wasi:sockets/udp-create-socket',
    ],
  },
} as const satisfies Capability;
