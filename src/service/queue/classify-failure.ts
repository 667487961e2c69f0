/** Whether a failed call counts against its model: impatient or too many clients must not set it aside for others. */
import { ERRORS, toPlainError } from '../../errors.ts';
import type { RequestScope } from './request-scope.ts';

/** `healthy`: the component refused the request, which shows that it works. `inconclusive`: nothing can be concluded. */
export type FailureClass = 'fault' | 'healthy' | 'inconclusive';

/** @param ranMs time since the call got a guest thread, without the time that others blocked it */
export function classifyFailure(
  error: unknown,
  { hasClientDeadline, modelMs }: Pick<RequestScope, 'hasClientDeadline' | 'modelMs'>,
  ranMs: number,
): FailureClass {
  const { code } = toPlainError(error);
  switch (code) {
    case 'client-gone':
    case 'not-ready':
      return 'inconclusive';
    case 'deadline-exceeded':
      // A call that got its thread late had too little time to show anything.
      return !hasClientDeadline && ranMs >= modelMs / 2 ? 'fault' : 'inconclusive';
    default:
      return ERRORS[code].actor === 'client' ? 'healthy' : 'fault';
  }
}
