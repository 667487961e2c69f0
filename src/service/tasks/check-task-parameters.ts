import type { z } from 'zod';
import { invalidRequest } from '../../errors.ts';

/** @throws SandpiperError `invalid-request` */
export function checkTaskParameters<Parameters>(
  schema: z.ZodObject & z.ZodType<Parameters>,
  parameters: unknown,
): Parameters {
  const parsed = schema.safeParse(parameters);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.join('.');
  const known = Object.keys(schema.shape).join(', ');
  throw invalidRequest(
    issue?.code === 'unrecognized_keys'
      ? `there is no parameter '${String(name).slice(0, 100)}' for this task: it takes ${known}`
      : `parameter '${name}': ${issue?.message}`,
  );
}
