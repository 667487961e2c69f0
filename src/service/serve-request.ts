/** One request, from its admission to what metrics and statistics say of its outcome. */
import { SandpiperError, toPlainError } from '../errors.ts';
import type { RequestOptions, Timing } from './api/request.ts';
import type { ServedModel } from './models/served-model.ts';
import type { Newcomer } from './queue/queued-bytes.ts';
import type { RequestScope } from './queue/request-scope.ts';
import type { ServiceParts } from './service-parts.ts';

export interface AskedRequest {
  model: ServedModel;
  options: RequestOptions;
  bytes: number;
}

/** @throws what `work` throws; SandpiperError `over-capacity`, `not-ready`; the reason of a caller who gave it up */
export async function serveRequest<Answer extends { timing: Timing; batchSize?: number }>(
  { metrics, inFlight, tracing }: Pick<ServiceParts, 'metrics' | 'inFlight' | 'tracing'>,
  { model, options, bytes }: AskedRequest,
  work: (scope: RequestScope) => Promise<Answer>,
): Promise<Answer> {
  using scope = model.scope(options, tracing);
  try {
    model.breaker.assertClosed();
    using _presence = inFlight.enter();
    using _use = model.inFlight.enter();
    using _position = model.admission.enter(scope, bytes);
    const answer = await work(scope);
    metrics.ended(model.name, 'ok', answer.timing);
    model.statistics.answered(answer.timing, answer.batchSize ?? 1);
    return answer;
  } catch (error) {
    const { code } = toPlainError(error);
    scope.span.error = code;
    metrics.ended(model.name, code);
    model.statistics.failed(code, scope.span.ms);
    throw reasonOf(error);
  }
}

/**
 * Asserts that a request would be admitted by at least one of the models that it may turn out to be for.
 *
 * @throws SandpiperError `over-capacity`, which counts as the outcome of a request
 */
export function assertSomeAdmits(
  { metrics }: Pick<ServiceParts, 'metrics'>,
  models: readonly ServedModel[],
  newcomer: Newcomer,
): void {
  const refusals = models.map(({ admission }) => admission.refusalOf(newcomer));
  const [refusal] = refusals;
  if (refusal === undefined || refusals.includes(undefined)) return;
  for (const { name, statistics } of models) {
    metrics.ended(name, refusal.code);
    statistics.failed(refusal.code, 0);
  }
  throw refusal;
}

/** A caller who gave the request up gets back the reason for it. */
function reasonOf(error: unknown): unknown {
  const givenUp =
    error instanceof SandpiperError && error.code === 'client-gone' && error.cause !== undefined;
  return givenUp ? reasonOf(error.cause) : error;
}
