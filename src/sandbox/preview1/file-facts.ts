/** Writes wasi_snapshot_preview1's `fdstat` and `filestat`. */
import type { FolderNode } from '../../capabilities/filesystem/folder-image.ts';
import type { GuestMemory } from '../../nn/witx/guest-memory.ts';
import type { OpenFile } from './descriptors.ts';

const FILE_TYPE = { unknown: 0, folder: 3, file: 4 } as const;

const FDSTAT_BYTES = 24;
const FILESTAT_BYTES = 64;

const ALL_RIGHTS = 0x1fff_ffffn;
const READING_RIGHTS = ALL_RIGHTS & ~changingRights();

/** fd_datasync, fd_write, fd_allocate, path_create_*, path_link_*, path_rename_*, *_set_*, path_symlink, path_remove_*, path_unlink. */
function changingRights(): bigint {
  const bits = [0, 6, 8, 9, 10, 11, 12, 16, 17, 19, 20, 22, 23, 24, 25, 26];
  return bits.reduce((rights, bit) => rights | (1n << BigInt(bit)), 0n);
}

const SEEK_AND_TELL = (1n << 2n) | (1n << 5n);

export function typeOf(kind: OpenFile['kind'] | undefined): number {
  return kind === 'file' || kind === 'folder' ? FILE_TYPE[kind] : FILE_TYPE.unknown;
}

/** @throws MemoryFault */
export function writeFdstat(memory: GuestMemory, pointer: number, file: OpenFile): void {
  const { kind } = file;
  const stream = kind === 'output' || kind === 'input';
  const inFolder = !stream && file.writable ? ALL_RIGHTS : READING_RIGHTS;
  memory.bytes(pointer, FDSTAT_BYTES).fill(0);
  const view = memory.view(pointer, FDSTAT_BYTES);
  view.setUint8(0, typeOf(kind));
  if (file.kind === 'file' && file.append) view.setUint16(2, 1, true);
  const rights = kind === 'output' ? 1n << 6n : inFolder;
  view.setBigUint64(8, stream ? rights & ~SEEK_AND_TELL : rights, true);
  view.setBigUint64(16, kind === 'folder' ? inFolder : 0n, true);
}

/**
 * Without times: the image has none.
 *
 * @param node undefined for a standard stream
 * @throws MemoryFault
 */
export function writeFilestat(memory: GuestMemory, pointer: number, node: FolderNode | undefined): void {
  memory.bytes(pointer, FILESTAT_BYTES).fill(0);
  const view = memory.view(pointer, FILESTAT_BYTES);
  view.setBigUint64(8, BigInt(node?.id ?? 0), true);
  view.setUint8(16, typeOf(node?.kind));
  view.setBigUint64(24, 1n, true);
  view.setBigUint64(32, BigInt(node?.kind === 'file' ? node.bytes.byteLength : 0), true);
}
