import type { Request } from 'express';
import type { InferenceService } from '../../service/api/tasks.ts';
import { optionsOf, type RequestContext } from './request-context.ts';

/**
 * Turns a request away before its body is read, when it would be turned away after.
 *
 * @param models that it may be for: where the body names the model, all of its task
 * @throws SandpiperError `over-capacity`, `not-ready`
 */
export function refuseEarly(
  service: InferenceService,
  models: readonly string[],
  request: Request,
  context: RequestContext,
): void {
  const bytes = Number(request.get('content-length') ?? 0) || 0;
  service.assertRoom(models, { ...optionsOf(context), bytes });
}
