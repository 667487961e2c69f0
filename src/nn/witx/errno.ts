/** What a call of the core ABI gives back: `nn_errno` of wasi-nn.witx, which has numbers and no words. */
import { EngineError, type NnErrorCode } from '../../engine/engine-error.ts';
import { NnFailure } from '../nn-error.ts';
import { MemoryFault } from './guest-memory.ts';

/**
 * Only numbers that the oldest published bindings know; some take the others for memory that they cannot reach.
 * 4, `busy`, is never given: one call of an instance is over before the next begins.
 */
export const ERRNO = {
  success: 0,
  invalidArgument: 1,
  invalidEncoding: 2,
  missingMemory: 3,
  runtimeError: 5,
} as const;

/** Whose fault it is must do, where a code has no number: an argument that another could take the place of, or not. */
const ERRNO_OF: Readonly<Record<NnErrorCode, number>> = {
  'invalid-argument': ERRNO.invalidArgument,
  'invalid-encoding': ERRNO.invalidEncoding,
  timeout: ERRNO.runtimeError,
  'runtime-error': ERRNO.runtimeError,
  'unsupported-operation': ERRNO.invalidArgument,
  'too-large': ERRNO.runtimeError,
  'not-found': ERRNO.invalidArgument,
  security: ERRNO.runtimeError,
  unknown: ERRNO.runtimeError,
};

/**
 * @param explain takes note of the words that go with a number
 * @throws whatever is neither a failure of wasi:nn nor a pointer out of memory: a trap
 */
export function errnoOf(work: () => void, explain: (message: string) => void): number {
  try {
    work();
    return ERRNO.success;
  } catch (error) {
    if (error instanceof MemoryFault) {
      explain(error.message);
      return ERRNO.missingMemory;
    }
    if (!(error instanceof NnFailure || error instanceof EngineError)) throw error;
    explain(error.message);
    return ERRNO_OF[error.code];
  }
}
