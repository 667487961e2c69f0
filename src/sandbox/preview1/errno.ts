/** `errno` of wasi_snapshot_preview1, as far as it occurs here. */
import { MemoryFault } from '../../nn/witx/guest-memory.ts';
import { StreamFailure } from '../../capabilities/io/stream-error.ts';
import type { Result } from '../../capabilities/host/result.ts';
import type { FileError } from '../../capabilities/filesystem/find-node.ts';

export const ERRNO = {
  success: 0,
  badf: 8,
  exist: 20,
  fault: 21,
  ilseq: 25,
  inval: 28,
  isdir: 31,
  nametoolong: 37,
  noent: 44,
  nospc: 51,
  nosys: 52,
  notdir: 54,
  notempty: 55,
  notsup: 58,
  perm: 63,
  pipe: 64,
  rofs: 69,
  spipe: 70,
} as const;

type ErrnoName = keyof typeof ERRNO;

/** Thrown inside a call to make it return an errno. */
export class Preview1Error extends Error {
  readonly errno: number;

  constructor(name: ErrnoName) {
    super(name);
    this.errno = ERRNO[name];
  }
}

const FILE_ERRORS: Readonly<Record<FileError, ErrnoName>> = {
  'bad-descriptor': 'badf',
  exist: 'exist',
  'insufficient-space': 'nospc',
  invalid: 'inval',
  'is-directory': 'isdir',
  'name-too-long': 'nametoolong',
  'no-entry': 'noent',
  'not-directory': 'notdir',
  'not-empty': 'notempty',
  'not-permitted': 'perm',
  'read-only': 'rofs',
  unsupported: 'notsup',
};

type Calls = Record<string, (...args: never[]) => void>;

/** Makes calls return an errno. They throw an error that has none: a trap. */
export function withErrno<Made extends Calls>(
  calls: Made,
): { [Name in keyof Made]: (...args: Parameters<Made[Name]>) => number } {
  const made = Object.entries<Calls[string]>(calls).map(([name, call]) => [
    name,
    (...args: never[]) => errnoOf(() => call(...args)),
  ]);
  return Object.fromEntries(made) as ReturnType<typeof withErrno<Made>>;
}

/** @throws any error that has no errno: a trap */
export function errnoOf(work: () => void): number {
  try {
    work();
    return ERRNO.success;
  } catch (error) {
    if (error instanceof Preview1Error) return error.errno;
    if (error instanceof MemoryFault) return ERRNO.fault;
    if (error instanceof StreamFailure) return ERRNO.pipe;
    throw error;
  }
}

/** @throws Preview1Error */
export function succeeded<Value>(result: Result<Value, FileError>): Value {
  if (result.tag === 'err') throw new Preview1Error(FILE_ERRORS[result.val]);
  return result.val;
}
