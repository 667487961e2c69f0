/** `nn_errno` of wasi-nn.witx, the result of each call of the core ABI. */
import { EngineError, type NnErrorCode } from '../../engine/engine-error.ts';
import { NnFailure } from '../nn-error.ts';
import { MemoryFault, type GuestMemory } from './guest-memory.ts';

/**
 * Only numbers that the oldest published bindings know; some treat others as a memory fault. 4, `busy`, is never
 * returned: calls of an instance do not overlap.
 */
const ERRNO = {
  success: 0,
  invalidArgument: 1,
  invalidEncoding: 2,
  missingMemory: 3,
  runtimeError: 5,
} as const;

/** A code without a number is mapped by whether another argument could succeed. */
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

/** How functions of a core ABI are made: of `work`, or of what makes the handle that is written to `out`. */
export function abiCalls(memory: GuestMemory, explain: (message: string) => void) {
  const call = (work: () => void): number => errnoOf(work, explain);
  /** Checks that the handle can be written before it is made. */
  const give = (out: number, make: () => number): number =>
    call(() => {
      memory.u32(out);
      memory.setU32(out, make());
    });
  return { call, give };
}

/**
 * @param explain logs the message that belongs to a number
 * @throws any error other than a failure of wasi:nn or a pointer out of memory: a trap
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
