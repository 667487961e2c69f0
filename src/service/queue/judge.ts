/** Whose fault a failed call was: clients in a hurry, or too many of them, set no model aside for the others. */
import { ERRORS, toPlainError } from '../../errors.ts';
import type { RequestScope } from './request-scope.ts';

/** `answered`: the component works, and said what was wrong with the request. `open`: nothing can be told. */
export type Verdict = 'failed' | 'answered' | 'open';

/** @param ranMs since the call got a guest thread, without the time for which others kept it from working */
export function judge(
  error: unknown,
  { hurried, modelMs }: Pick<RequestScope, 'hurried' | 'modelMs'>,
  ranMs: number,
): Verdict {
  const { code } = toPlainError(error);
  switch (code) {
    case 'client-gone':
    case 'not-ready':
      return 'open';
    case 'deadline-exceeded':
      // One that got its thread late, because others were before it, could not show what it can do.
      return !hurried && ranMs >= modelMs / 2 ? 'failed' : 'open';
    default:
      return ERRORS[code].actor === 'client' ? 'answered' : 'failed';
  }
}
