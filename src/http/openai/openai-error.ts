import { ERRORS, type SandpiperError } from '../../errors.ts';
import type { Convention } from '../routing/convention.ts';
import { ModelNotFound } from '../../service/api/service-errors.ts';
import { RequestFieldError } from '../exchange/request-field-error.ts';

/** `{"error":{message,type,param,code}}`: OpenAI's clients need all four; the last two may be null. */
export const translateOpenAiError: Convention['translateError'] = (error) => ({
  body: {
    error: {
      message: error.message,
      type: typeOf(error),
      param: error instanceof RequestFieldError ? error.field : null,
      code: codeOf(error),
    },
  },
  // Their clients retry every 5xx twice by default, but a component that failed on this input fails again.
  ...(error.status === ERRORS['component-failed'].status || error.code === 'deadline-exceeded'
    ? { headers: { 'X-Should-Retry': 'false' } }
    : {}),
});

function typeOf(error: SandpiperError): string {
  if (error.status >= 500) return 'server_error';
  return error.code === 'over-capacity' ? 'rate_limit_error' : 'invalid_request_error';
}

function codeOf(error: SandpiperError): string | null {
  if (error instanceof ModelNotFound) return 'model_not_found';
  if (error.code === 'unauthorized') return 'invalid_api_key';
  if (error.code === 'over-capacity') return 'rate_limit_exceeded';
  if (error.code === 'unsupported-request') return 'unsupported_value';
  return error.code === 'method-not-allowed' ? 'method_not_supported' : null;
}
