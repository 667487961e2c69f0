import { SandpiperError } from '../errors.ts';

/** Why a signal was aborted, as an error of this service: its own reason where it has one, else `client-gone`. */
export function abortError(signal: AbortSignal): SandpiperError {
  if (signal.reason instanceof SandpiperError) return signal.reason;
  return new SandpiperError('client-gone', 'The request was given up before its answer was ready', {
    cause: signal.reason,
  });
}

/** Calls `listener` when the signal aborts, unless what it gives was disposed of before. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): Disposable {
  signal?.addEventListener('abort', listener, { once: true });
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', listener) };
}
