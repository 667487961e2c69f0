/** `errno` of wasi_snapshot_preview1: those that occur here. */
import { MemoryFault } from '../../nn/witx/guest-memory.ts';
import { StreamFailure } from '../wasi/stream-error.ts';
import type { FileError } from '../wasi/filesystem/find-node.ts';

export const ERRNO = {
  success: 0,
  badf: 8,
  fault: 21,
  ilseq: 25,
  inval: 28,
  isdir: 31,
  nametoolong: 37,
  noent: 44,
  nosys: 52,
  notdir: 54,
  notsup: 58,
  perm: 63,
  pipe: 64,
  rofs: 69,
  spipe: 70,
} as const;

export type ErrnoName = keyof typeof ERRNO;

/** Thrown inside a call that ends with an errno. */
export class Preview1Error extends Error {
  readonly errno: number;

  constructor(name: ErrnoName) {
    super(name);
    this.errno = ERRNO[name];
  }
}

const FILE_ERRORS: Readonly<Record<FileError, ErrnoName>> = {
  'bad-descriptor': 'badf',
  invalid: 'inval',
  'is-directory': 'isdir',
  'name-too-long': 'nametoolong',
  'no-entry': 'noent',
  'not-directory': 'notdir',
  'not-permitted': 'perm',
  'read-only': 'rofs',
};

export function fileError(error: FileError): Preview1Error {
  return new Preview1Error(FILE_ERRORS[error]);
}

/** @throws whatever is no errno: a trap */
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
