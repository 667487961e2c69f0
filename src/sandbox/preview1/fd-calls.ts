/** wasi_snapshot_preview1's calls on open descriptors. */
import type { GuestMemory } from '../../nn/witx/guest-memory.ts';
import { bytesFrom } from '../../capabilities/filesystem/node-facts.ts';
import { waitForAny } from '../../capabilities/io/poll.ts';
import type { StreamHost } from '../../capabilities/host/sleeper.ts';
import type { Descriptors, Open, OpenFile } from './descriptors.ts';
import { Preview1Error, succeeded, withErrno } from './errno.ts';
import { typeOf, writeFdstat, writeFilestat } from './file-facts.ts';

/** Most buffers of one read or write, as on Linux. */
const MAX_BUFFERS = 1_024;
/** A write to a stream is split into pieces of this size. */
const PIECE_BYTES = 65_536;
const DIRENT_BYTES = 24;
export const FLAG_APPEND = 1;

export function fdCalls(host: StreamHost, memory: GuestMemory, descriptors: Descriptors) {
  const buffersAt = (pointer: number, count: number): Uint8Array<ArrayBuffer>[] => {
    if (count >>> 0 > MAX_BUFFERS) throw new Preview1Error('inval');
    const fields = memory.u32s(pointer, count * 2);
    return Array.from({ length: count >>> 0 }, (_, i) =>
      memory.bytes(fields[2 * i] ?? 0, fields[2 * i + 1] ?? 0),
    );
  };

  /** Waits for the first bytes of a stream and reads what is available. */
  const readStream = ({ source }: Open<'input'>, buffers: readonly Uint8Array[]): number => {
    const buffer = buffers.find(({ byteLength }) => byteLength > 0);
    if (buffer === undefined) return 0;
    waitForAny(host, [source]);
    const bytes = source.read(buffer.byteLength) ?? new Uint8Array();
    buffer.set(bytes);
    return bytes.byteLength;
  };

  const readFile = ({ node }: Open<'file'>, buffers: readonly Uint8Array[], offset: bigint): number => {
    let rest = bytesFrom(node.bytes, offset);
    const before = rest.byteLength;
    for (const buffer of buffers) {
      buffer.set(rest.subarray(0, buffer.byteLength));
      rest = rest.subarray(buffer.byteLength);
    }
    return before - rest.byteLength;
  };

  const assertChangeable = (file: OpenFile): void => {
    if (file.kind === 'file' || file.kind === 'folder') descriptors.writerOf(file);
  };

  /** A file that may be changed; missing permission is reported before a wrong type. */
  const changeable = (fd: number): Open<'file'> => {
    assertChangeable(descriptors.get(fd));
    return descriptors.file(fd);
  };

  const writeFile = (file: Open<'file'>, buffers: readonly Uint8Array[], offset: bigint): number => {
    const writer = descriptors.writerOf(file);
    let at = offset;
    for (const buffer of buffers) {
      succeeded(writer.write(file.node, at, buffer));
      at += BigInt(buffer.byteLength);
    }
    return Number(at - offset);
  };

  const writeStream = ({ sink }: Open<'output'>, buffers: readonly Uint8Array[]): number => {
    let written = 0;
    for (const buffer of buffers) {
      for (let at = 0; at < buffer.byteLength; at += PIECE_BYTES) {
        sink.write(buffer.slice(at, at + PIECE_BYTES));
      }
      written += buffer.byteLength;
    }
    return written;
  };

  const assertOpen = (fd: number): void => void descriptors.get(fd);

  return withErrno({
    fd_read(fd: number, buffers: number, count: number, out: number) {
      const file = descriptors.get(fd);
      memory.u32(out);
      const into = buffersAt(buffers, count);
      if (file.kind === 'folder') throw new Preview1Error('isdir');
      if (file.kind === 'output') throw new Preview1Error('badf');
      if (file.kind === 'input') return memory.setU32(out, readStream(file, into));
      const read = readFile(file, into, file.position);
      file.position += BigInt(read);
      memory.setU32(out, read);
    },
    fd_pread(fd: number, buffers: number, count: number, offset: bigint, out: number) {
      memory.u32(out);
      const read = readFile(descriptors.file(fd), buffersAt(buffers, count), BigInt.asUintN(64, offset));
      memory.setU32(out, read);
    },
    fd_write(fd: number, buffers: number, count: number, out: number) {
      const file = descriptors.get(fd);
      memory.u32(out);
      assertChangeable(file);
      if (file.kind === 'folder') throw new Preview1Error('isdir');
      if (file.kind === 'input') throw new Preview1Error('badf');
      if (file.kind === 'output') return memory.setU32(out, writeStream(file, buffersAt(buffers, count)));
      if (file.append) file.position = BigInt(file.node.bytes.byteLength);
      const written = writeFile(file, buffersAt(buffers, count), file.position);
      file.position += BigInt(written);
      memory.setU32(out, written);
    },
    fd_pwrite(fd: number, buffers: number, count: number, offset: bigint, out: number) {
      memory.u32(out);
      const at = BigInt.asUintN(64, offset);
      memory.setU32(out, writeFile(changeable(fd), buffersAt(buffers, count), at));
    },
    fd_allocate(fd: number, offset: bigint, length: bigint) {
      const file = changeable(fd);
      const end = BigInt.asUintN(64, offset) + BigInt.asUintN(64, length);
      const writer = descriptors.writerOf(file);
      if (end > BigInt(file.node.bytes.byteLength)) succeeded(writer.setSize(file.node, end));
    },
    fd_filestat_set_size(fd: number, size: bigint) {
      const file = changeable(fd);
      succeeded(descriptors.writerOf(file).setSize(file.node, BigInt.asUintN(64, size)));
    },
    // Accepted without effect: the image has no times.
    fd_filestat_set_times(fd: number) {
      const file = descriptors.get(fd);
      if (file.kind === 'input' || file.kind === 'output') throw new Preview1Error('rofs');
      descriptors.writerOf(file);
    },
    fd_seek(fd: number, offset: bigint, whence: number, out: number) {
      const file = descriptors.file(fd);
      // By `whence`: the start, the position, the end.
      const base = [0n, file.position, BigInt(file.node.bytes.byteLength)][whence];
      const position = base === undefined ? -1n : base + offset;
      if (position < 0n || position >= 1n << 63n) throw new Preview1Error('inval');
      memory.setU64(out, position);
      file.position = position;
    },
    fd_tell: (fd: number, out: number) => memory.setU64(out, descriptors.file(fd).position),
    fd_close: (fd: number) => descriptors.close(fd),
    fd_renumber: (from: number, to: number) => descriptors.renumber(from, to),
    fd_fdstat_get: (fd: number, out: number) => writeFdstat(memory, out, descriptors.get(fd)),
    fd_filestat_get(fd: number, out: number) {
      const file = descriptors.get(fd);
      const isNode = file.kind === 'file' || file.kind === 'folder';
      writeFilestat(memory, out, isNode ? file.node : undefined);
    },
    fd_prestat_get(fd: number, out: number) {
      const path = preopenOf(descriptors, fd);
      memory.setU32(out, 0);
      memory.setU32(out + 4, path.byteLength);
    },
    fd_prestat_dir_name(fd: number, pointer: number, length: number) {
      const path = preopenOf(descriptors, fd);
      if (path.byteLength > length >>> 0) throw new Preview1Error('nametoolong');
      memory.write(pointer, path);
    },
    fd_readdir(fd: number, buffer: number, length: number, cookie: bigint, out: number) {
      const { node } = descriptors.folder(fd);
      const into = memory.bytes(buffer, length);
      const entries = [['.', node] as const, ['..', node] as const, ...node.entries];
      let at = 0;
      for (let i = Number(BigInt.asUintN(64, cookie)); i < entries.length && at < into.byteLength; i++) {
        const [name, { id, kind }] = entries[i] as (typeof entries)[number];
        const entry = dirent(name, { next: i + 1, id, type: typeOf(kind) });
        const part = entry.subarray(0, into.byteLength - at);
        into.set(part, at);
        at += part.byteLength;
      }
      memory.setU32(out, at);
    },
    fd_advise: assertOpen,
    fd_sync: assertOpen,
    fd_datasync: assertOpen,
    fd_fdstat_set_flags(fd: number, flags: number) {
      const file = descriptors.get(fd);
      if (file.kind === 'file') file.append = (flags & FLAG_APPEND) !== 0;
    },
    fd_fdstat_set_rights: assertOpen,
  });
}

/** @throws Preview1Error `badf` for any other descriptor, by which guests find the end of the preopens */
function preopenOf(descriptors: Descriptors, fd: number): Uint8Array {
  const file = descriptors.get(fd);
  if (file.kind !== 'folder' || file.preopen === undefined) throw new Preview1Error('badf');
  return new TextEncoder().encode(file.preopen);
}

function dirent(name: string, { next, id, type }: { next: number; id: number; type: number }): Uint8Array {
  const text = new TextEncoder().encode(name);
  const entry = new Uint8Array(DIRENT_BYTES + text.byteLength);
  const view = new DataView(entry.buffer);
  view.setBigUint64(0, BigInt(next), true);
  view.setBigUint64(8, BigInt(id), true);
  view.setUint32(16, text.byteLength, true);
  view.setUint8(20, type);
  entry.set(text, DIRENT_BYTES);
  return entry;
}
