import { z } from 'zod';
import { SandpiperError, type ErrorCode } from '../../errors.ts';

/** A request with an unusable field. Conventions whose errors have a member for it name the field. */
export class RequestFieldError extends SandpiperError {
  readonly field: string;

  constructor(field: string, message: string, code: ErrorCode = 'invalid-request') {
    super(code, message);
    this.field = field;
  }
}

/** The error for what the convention has and this service has not. */
export function unsupportedField(field: string, message: string): RequestFieldError {
  return new RequestFieldError(field, message, 'unsupported-request');
}

/**
 * Checks the fields of a request against a schema.
 *
 * @throws RequestFieldError that names the first field that is unknown or unusable.
 */
export function checkFields<T>(schema: z.ZodType<T>, fields: unknown, kind = 'Field'): T {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue?.code === 'unrecognized_keys') {
    const known = issue.path.length === 0 && schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
    throw unknownField([...issue.path, issue.keys[0]].join('.'), known);
  }
  const field = issue?.path.join('.') ?? '';
  const what = field === '' ? 'The request' : `${kind} "${field}"`;
  throw new RequestFieldError(field, `${what}: ${issue?.message ?? 'unusable'}.`);
}

/** @param known the fields that there are; none: they are not told */
export function unknownField(field: string, known: readonly string[]): RequestFieldError {
  const there = known.length === 0 ? '' : `: there are ${known.join(', ')}`;
  return new RequestFieldError(field, `There is no field "${field.slice(0, 100)}" in this request${there}.`);
}
