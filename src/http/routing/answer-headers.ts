import { z } from 'zod';

const seconds = z.int().min(1);

/** Headers of answers that a client may want to read; `required`: every answer that lists the header has it. */
export const ANSWER_HEADERS = {
  'X-Request-Id': {
    schema: z
      .string()
      .describe("The client's own if it sent one, otherwise a generated one; the log has it."),
    required: true,
  },
  'Retry-After': { schema: seconds.describe('Seconds after which to try again.'), required: true },
  'WWW-Authenticate': {
    schema: z.string().describe('The challenge for a bearer key; says whether the given one is unknown.'),
    required: true,
  },
  Upgrade: { schema: z.literal('websocket').describe('What to connect by.'), required: true },
  'Server-Timing': {
    schema: z
      .string()
      .describe(
        'Milliseconds of each stage: queue, media, guest, instantiate, compute, total. Not of streams.',
      ),
    required: false,
  },
  'Inference-Header-Content-Length': {
    schema: z.int().min(1).describe('Of the body, the bytes that are JSON; binary tensors follow.'),
    required: false,
  },
  'X-Should-Retry': {
    schema: z.literal('false').describe("Tells OpenAI's clients that the same request would fail again."),
    required: false,
  },
} as const satisfies Readonly<Record<string, { schema: z.ZodType; required: boolean }>>;
