import { z } from 'zod';
import { parseHostPattern } from '../../config/host-pattern.ts';
import type { Capability } from '../capability.ts';

const hostPattern = z.string().refine((pattern) => parseHostPattern(pattern) !== undefined, {
  error: 'expected a host such as "api.example.com", "*.example.com:8443" or "http://127.0.0.1:8080"',
});

export const http = {
  grants: {
    http: z
      .array(hostPattern)
      .readonly()
      .optional()
      .describe(
        'wasi:http outgoing requests to these hosts and no others: "api.example.com" (https), "*.example.com:8443", "http://127.0.0.1:8080"',
      ),
  },
  interfaces: { http: ['wasi:http/types', 'wasi:http/outgoing-handler'] },
} as const satisfies Capability;
