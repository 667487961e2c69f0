import { SandpiperError } from '../errors.ts';

/** The reason of an aborted signal as a SandpiperError; `client-gone` if the reason is none. */
export function abortError(signal: AbortSignal): SandpiperError {
  if (signal.reason instanceof SandpiperError) return signal.reason;
  return new SandpiperError('client-gone', 'The request was given up before its answer was ready', {
    cause: signal.reason,
  });
}

/** Calls `listener` when the signal aborts, until the result is disposed of. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): Disposable {
  signal?.addEventListener('abort', listener, { once: true });
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', listener) };
}
