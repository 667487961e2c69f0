import { z } from 'zod';
import type { Capability } from '../capability.ts';

/** An absolute path without `.` and `..`. */
const guestPath = z.string().regex(/^(?:\/|(?:\/(?!\.{1,2}(?:\/|$))[^/\0]+)+)$/, {
  error: 'expected an absolute path such as /data, without "." or ".."',
});

export const filesystem = {
  grants: {
    folders: z
      .record(guestPath, z.string().min(1).describe('folder inside the model folder'))
      .optional()
      .describe(
        'wasi:filesystem: folders of the model, read-only, by the absolute paths under which the component sees them',
      ),
  },
  interfaces: { folders: ['wasi:filesystem/types', 'wasi:filesystem/preopens'] },
} as const satisfies Capability;
