/** wasi_snapshot_preview1's calls on paths. A change to a read-only folder fails with `rofs`. */
import type { FolderImage, FolderNode } from '../../capabilities/filesystem/folder-image.ts';
import type { FolderWriter } from '../../capabilities/filesystem/folder-writer.ts';
import type { GuestMemory } from '../../nn/witx/guest-memory.ts';
import { findNode, type FileError } from '../../capabilities/filesystem/find-node.ts';
import type { Result } from '../../capabilities/host/result.ts';
import type { Descriptors } from './descriptors.ts';
import { ERRNO, Preview1Error, succeeded, withErrno } from './errno.ts';
import { FLAG_APPEND } from './fd-calls.ts';
import { writeFilestat } from './file-facts.ts';

/** UTF-8 bytes; a longer path is refused before it is decoded. */
const MAX_PATH_BYTES = 16_384;

const OPEN_FLAGS = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const;
const RIGHT_FD_WRITE = 1n << 6n;

export function pathCalls(memory: GuestMemory, descriptors: Descriptors) {
  const pathAt = (pointer: number, length: number): string => {
    memory.bytes(pointer, length);
    if (length >>> 0 > MAX_PATH_BYTES) throw new Preview1Error('nametoolong');
    const path = memory.text(pointer, length);
    if (path === undefined) throw new Preview1Error('ilseq');
    return path;
  };
  const nodeAt = (fd: number, pointer: number, length: number): FolderNode =>
    succeeded(findNode(descriptors.folder(fd).node, pathAt(pointer, length)));
  /** Makes a call that changes one path. */
  const change =
    (make: (writer: FolderWriter, folder: FolderImage, path: string) => Result<undefined, FileError>) =>
    (fd: number, pointer: number, length: number) => {
      const folder = descriptors.folder(fd);
      const writer = descriptors.writerOf(folder);
      succeeded(make(writer, folder.node, pathAt(pointer, length)));
    };
  /** Links are not supported, since host file systems differ in them. */
  const noLinks = (fd: number): never => {
    descriptors.writerOf(descriptors.folder(fd));
    throw new Preview1Error('notsup');
  };
  return withErrno({
    path_open(
      fd: number,
      _lookup: number,
      path: number,
      length: number,
      flags: number,
      rights: bigint,
      _inheriting: bigint,
      fdFlags: number,
      out: number,
    ) {
      memory.u32(out);
      const folder = descriptors.folder(fd);
      const has = (flag: keyof typeof OPEN_FLAGS) => (flags & OPEN_FLAGS[flag]) !== 0;
      const writes = (rights & RIGHT_FD_WRITE) !== 0n;
      if (folder.writable && !has('directory') && (has('create') || has('truncate') || writes)) {
        const how = { create: has('create'), exclusive: has('exclusive'), truncate: has('truncate') };
        const file = succeeded(descriptors.writerOf(folder).open(folder.node, pathAt(path, length), how));
        return memory.setU32(out, descriptors.open(file, writes, (fdFlags & FLAG_APPEND) !== 0));
      }
      if (!folder.writable && (has('truncate') || writes)) throw new Preview1Error('rofs');
      const node = tryNode(() => nodeAt(fd, path, length), has('create'));
      if (has('directory') && node.kind === 'file') throw new Preview1Error('notdir');
      memory.setU32(out, descriptors.open(node, folder.writable && node.kind === 'folder'));
    },
    path_filestat_get: (fd: number, _lookup: number, path: number, length: number, out: number) =>
      writeFilestat(memory, out, nodeAt(fd, path, length)),
    path_readlink(fd: number, path: number, length: number) {
      nodeAt(fd, path, length);
      // There are no links: they were followed when the folder was read.
      throw new Preview1Error('inval');
    },
    path_create_directory: change((writer, folder, path) => writer.createFolder(folder, path)),
    path_remove_directory: change((writer, folder, path) => writer.remove(folder, path, 'folder')),
    path_unlink_file: change((writer, folder, path) => writer.remove(folder, path, 'file')),
    path_rename(
      fromFd: number,
      from: number,
      fromLength: number,
      toFd: number,
      to: number,
      toLength: number,
    ) {
      const [source, target] = [descriptors.folder(fromFd), descriptors.folder(toFd)];
      const writer = descriptors.writerOf(source);
      descriptors.writerOf(target);
      const there = { base: target.node, path: pathAt(to, toLength) };
      succeeded(writer.rename({ base: source.node, path: pathAt(from, fromLength) }, there));
    },
    // Accepted without effect: the image has no times.
    path_filestat_set_times(fd: number, _lookup: number, path: number, length: number) {
      descriptors.writerOf(descriptors.folder(fd));
      nodeAt(fd, path, length);
    },
    path_link: noLinks,
    path_symlink: (_target: number, _length: number, fd: number) => noLinks(fd),
  });
}

/** A read-only folder fails with `rofs` if the file would have to be created. */
function tryNode(find: () => FolderNode, create: boolean): FolderNode {
  try {
    return find();
  } catch (error) {
    const missing = error instanceof Preview1Error && error.errno === ERRNO.noent;
    throw missing && create ? new Preview1Error('rofs') : error;
  }
}
