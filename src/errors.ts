/**
 * The one table of everything that can go wrong, from a bad flag to a missed deadline.
 *
 * `status` is the HTTP status of a request that fails so. `actor` says who must act: the client, who sent
 * something unusable, or the operator, whose machine, model or component fails. Errors of components
 * inside the sandbox have a table of their own (nn/nn-error.ts) and become one of these at its border.
 */
export const ERRORS = {
  'invalid-request': { status: 400, actor: 'client' },
  'unsupported-request': { status: 400, actor: 'client' },
  unauthorized: { status: 401, actor: 'client' },
  forbidden: { status: 403, actor: 'client' },
  'not-found': { status: 404, actor: 'client' },
  'method-not-allowed': { status: 405, actor: 'client' },
  'upload-too-slow': { status: 408, actor: 'client' },
  'input-too-large': { status: 413, actor: 'client' },
  'unsupported-media': { status: 415, actor: 'client' },
  'unusable-input': { status: 422, actor: 'client' },
  'upgrade-required': { status: 426, actor: 'client' },
  'headers-too-large': { status: 431, actor: 'client' },
  'over-capacity': { status: 429, actor: 'client' },
  'client-gone': { status: 499, actor: 'client' },
  internal: { status: 500, actor: 'operator' },
  'component-failed': { status: 502, actor: 'operator' },
  'wrong-answer': { status: 502, actor: 'operator' },
  'not-ready': { status: 503, actor: 'operator' },
  'deadline-exceeded': { status: 504, actor: 'client' },
  'invalid-config': { status: 500, actor: 'operator' },
  'invalid-model': { status: 500, actor: 'operator' },
  'invalid-component': { status: 500, actor: 'operator' },
  'address-unavailable': { status: 500, actor: 'operator' },
} as const satisfies Record<string, { status: number; actor: 'client' | 'operator' }>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * An expected failure. Its message is written for the one who must act (see {@link ERRORS}): it says what was
 * wrong, what was expected and what to do, and when `actor` is `client` it holds no path, stack or name that a
 * client may not see.
 */
export class SandpiperError extends Error {
  override readonly name = 'SandpiperError';
  readonly code: ErrorCode;
  /** Seconds after which a retry may succeed, if known. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; retryAfterSeconds?: number }) {
    super(message, options);
    this.code = code;
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get actor(): 'client' | 'operator' {
    return ERRORS[this.code].actor;
  }
}

const refusal =
  (code: ErrorCode) =>
  (message: string, options?: ErrorOptions): SandpiperError =>
    new SandpiperError(code, message, options);

export const invalidRequest = refusal('invalid-request');
export const inputTooLarge = refusal('input-too-large');
export const unusableInput = refusal('unusable-input');
export const invalidConfig = refusal('invalid-config');
export const invalidModel = refusal('invalid-model');
export const invalidComponent = refusal('invalid-component');

/** Turns an error that blames a client into one that blames the model, for calls that no client made. */
export function asModelFault(thrown: unknown, what: string): unknown {
  if (!(thrown instanceof SandpiperError) || thrown.actor !== 'client') return thrown;
  return invalidModel(`${what}: ${thrown.message}`, { cause: thrown });
}

export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** An error as it crosses between threads: class instances lose their class on the way. */
export interface PlainError {
  code: ErrorCode;
  message: string;
}

export function toPlainError(thrown: unknown, fallback: ErrorCode = 'internal'): PlainError {
  if (thrown instanceof SandpiperError) return { code: thrown.code, message: thrown.message };
  return { code: fallback, message: messageOf(thrown) };
}

export function fromPlainError(plain: PlainError): SandpiperError {
  return new SandpiperError(plain.code, plain.message);
}
