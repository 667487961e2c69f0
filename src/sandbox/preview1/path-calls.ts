/** wasi_snapshot_preview1's calls on paths: what reads, and `rofs` for all that would change something. */
import type { FolderNode } from '../../repository/folder-image.ts';
import type { GuestMemory } from '../../nn/witx/guest-memory.ts';
import { findNode } from '../wasi/filesystem/find-node.ts';
import type { Descriptors } from './descriptors.ts';
import { ERRNO, errnoOf, fileError, Preview1Error } from './errno.ts';
import { writeFilestat } from './file-facts.ts';

/** UTF-8 bytes; a longer path is refused before it is decoded. */
const MAX_PATH_BYTES = 16_384;

const OPEN_FLAGS = { create: 1, directory: 2, truncate: 8 } as const;
const RIGHT_FD_WRITE = 1n << 6n;

export function pathCalls(memory: GuestMemory, descriptors: Descriptors) {
  const nodeAt = (fd: number, pointer: number, length: number): FolderNode => {
    const { node } = descriptors.folder(fd);
    memory.bytes(pointer, length);
    if (length >>> 0 > MAX_PATH_BYTES) throw new Preview1Error('nametoolong');
    const path = memory.text(pointer, length);
    if (path === undefined) throw new Preview1Error('ilseq');
    const found = findNode(node, path);
    if (found.tag === 'err') throw fileError(found.val);
    return found.val;
  };
  const readOnly = () => ERRNO.rofs;
  return {
    path_open: (
      fd: number,
      _lookup: number,
      path: number,
      length: number,
      flags: number,
      rights: bigint,
      _inheriting: bigint,
      _fdFlags: number,
      out: number,
    ) =>
      errnoOf(() => {
        memory.u32(out);
        const changes = (flags & OPEN_FLAGS.truncate) !== 0 || (rights & RIGHT_FD_WRITE) !== 0n;
        if (changes) {
          descriptors.folder(fd);
          throw new Preview1Error('rofs');
        }
        const node = tryNode(() => nodeAt(fd, path, length), (flags & OPEN_FLAGS.create) !== 0);
        if ((flags & OPEN_FLAGS.directory) !== 0 && node.kind === 'file') throw new Preview1Error('notdir');
        memory.setU32(out, descriptors.open(node));
      }),
    path_filestat_get: (fd: number, _lookup: number, path: number, length: number, out: number) =>
      errnoOf(() => writeFilestat(memory, out, nodeAt(fd, path, length))),
    path_readlink: (fd: number, path: number, length: number) =>
      errnoOf(() => {
        nodeAt(fd, path, length);
        // What links there were, were followed when the folder was read.
        throw new Preview1Error('inval');
      }),
    path_create_directory: readOnly,
    path_filestat_set_times: readOnly,
    path_link: readOnly,
    path_remove_directory: readOnly,
    path_rename: readOnly,
    path_symlink: readOnly,
    path_unlink_file: readOnly,
    fd_allocate: readOnly,
    fd_filestat_set_size: readOnly,
    fd_filestat_set_times: readOnly,
    fd_pwrite: readOnly,
  };
}

/** A file that would have to be made cannot be. */
function tryNode(find: () => FolderNode, create: boolean): FolderNode {
  try {
    return find();
  } catch (error) {
    const missing = error instanceof Preview1Error && error.errno === ERRNO.noent;
    throw missing && create ? new Preview1Error('rofs') : error;
  }
}
