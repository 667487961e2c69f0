import type { Request } from 'express';
import type { InferenceService } from '../../service/api/tasks.ts';
import { optionsOf, type RequestContext } from './request-context.ts';

/**
 * Refuses a request before its body is read if it would be refused afterwards.
 *
 * @param models candidates: if the body names the model, all models of the task
 * @throws SandpiperError `over-capacity`, `not-ready`
 */
export function refuseBeforeBody(
  service: InferenceService,
  models: readonly string[],
  request: Request,
  context: RequestContext,
): void {
  const bytes = Number(request.get('content-length') ?? 0) || 0;
  service.assertRoom(models, { ...optionsOf(context), bytes });
}
