/** wasi_snapshot_preview1's calls on paths. A change to a read-only folder fails with `rofs`. */
import type { FolderNode } from '../../capabilities/filesystem/folder-image.ts';
import type { GuestMemory } from '../../nn/witx/guest-memory.ts';
import { findNode } from '../../capabilities/filesystem/find-node.ts';
import type { WasiHost } from '../../capabilities/wasi-host.ts';
import type { Descriptors, OpenFile } from './descriptors.ts';
import { ERRNO, errnoOf, Preview1Error, succeeded } from './errno.ts';
import { FLAG_APPEND } from './fd-calls.ts';
import { writeFilestat } from './file-facts.ts';

/** UTF-8 bytes; a longer path is refused before it is decoded. */
const MAX_PATH_BYTES = 16_384;

const OPEN_FLAGS = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const;
const RIGHT_FD_WRITE = 1n << 6n;

type Folder = Extract<OpenFile, { kind: 'folder' }>;

export function pathCalls(host: WasiHost, memory: GuestMemory, descriptors: Descriptors) {
  const pathAt = (pointer: number, length: number): string => {
    memory.bytes(pointer, length);
    if (length >>> 0 > MAX_PATH_BYTES) throw new Preview1Error('nametoolong');
    const path = memory.text(pointer, length);
    if (path === undefined) throw new Preview1Error('ilseq');
    return path;
  };
  const nodeAt = (fd: number, pointer: number, length: number): FolderNode =>
    succeeded(findNode(descriptors.folder(fd).node, pathAt(pointer, length)));
  const writerOf = ({ writable }: Folder) => {
    if (host.writer === undefined || !writable) throw new Preview1Error('rofs');
    return host.writer;
  };
  /** Makes a call that changes one path. */
  const change =
    (make: (writer: NonNullable<WasiHost['writer']>, folder: Folder, path: string) => void) =>
    (fd: number, pointer: number, length: number) =>
      errnoOf(() => {
        const folder = descriptors.folder(fd);
        const writer = writerOf(folder);
        make(writer, folder, pathAt(pointer, length));
      });
  /** Links are not supported, since host file systems differ in them. */
  const noLinks = (fd: number) =>
    errnoOf(() => {
      writerOf(descriptors.folder(fd));
      throw new Preview1Error('notsup');
    });
  return {
    path_open: (
      fd: number,
      _lookup: number,
      path: number,
      length: number,
      flags: number,
      rights: bigint,
      _inheriting: bigint,
      fdFlags: number,
      out: number,
    ) =>
      errnoOf(() => {
        memory.u32(out);
        const folder = descriptors.folder(fd);
        const has = (flag: keyof typeof OPEN_FLAGS) => (flags & OPEN_FLAGS[flag]) !== 0;
        const writes = (rights & RIGHT_FD_WRITE) !== 0n;
        if (folder.writable && !has('directory') && (has('create') || has('truncate') || writes)) {
          const how = { create: has('create'), exclusive: has('exclusive'), truncate: has('truncate') };
          const file = succeeded(writerOf(folder).open(folder.node, pathAt(path, length), how));
          return memory.setU32(out, descriptors.open(file, writes, (fdFlags & FLAG_APPEND) !== 0));
        }
        if (!folder.writable && (has('truncate') || writes)) throw new Preview1Error('rofs');
        const node = tryNode(() => nodeAt(fd, path, length), has('create'));
        if (has('directory') && node.kind === 'file') throw new Preview1Error('notdir');
        memory.setU32(out, descriptors.open(node, folder.writable && node.kind === 'folder'));
      }),
    path_filestat_get: (fd: number, _lookup: number, path: number, length: number, out: number) =>
      errnoOf(() => writeFilestat(memory, out, nodeAt(fd, path, length))),
    path_readlink: (fd: number, path: number, length: number) =>
      errnoOf(() => {
        nodeAt(fd, path, length);
        // There are no links: they were followed when the folder was read.
        throw new Preview1Error('inval');
      }),
    path_create_directory: change((writer, { node }, path) => succeeded(writer.createFolder(node, path))),
    path_remove_directory: change((writer, { node }, path) => succeeded(writer.removeFolder(node, path))),
    path_unlink_file: change((writer, { node }, path) => succeeded(writer.unlink(node, path))),
    path_rename: (
      fromFd: number,
      from: number,
      fromLength: number,
      toFd: number,
      to: number,
      toLength: number,
    ) =>
      errnoOf(() => {
        const [source, target] = [descriptors.folder(fromFd), descriptors.folder(toFd)];
        const writer = writerOf(source);
        writerOf(target);
        const there = { base: target.node, path: pathAt(to, toLength) };
        succeeded(writer.rename({ base: source.node, path: pathAt(from, fromLength) }, there));
      }),
    // Accepted without effect: the image has no times.
    path_filestat_set_times: (fd: number, _lookup: number, path: number, length: number) =>
      errnoOf(() => {
        writerOf(descriptors.folder(fd));
        nodeAt(fd, path, length);
      }),
    path_link: noLinks,
    path_symlink: (_target: number, _length: number, fd: number) => noLinks(fd),
  };
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
