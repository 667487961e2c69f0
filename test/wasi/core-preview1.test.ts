import { afterAll, expect, test } from 'vitest';
import type { FolderImage } from '../../src/capabilities/filesystem/folder-image.ts';
import { CoreBench, FREE, MEMORY_BYTES, type CoreSession } from '../support/core-probe.ts';

/** wasi_snapshot_preview1 for core modules, call by call. What libraries make of it is in test/cli/run.test.ts. */

const bench = new CoreBench();
afterAll(async () => bench[Symbol.asyncDispose]());

const SUCCESS = 0;
const BADF = 8;
const FAULT = 21;
const INVAL = 28;
const ISDIR = 31;
const NAMETOOLONG = 37;
const NOENT = 44;
const NOSYS = 52;
const NOTDIR = 54;
const NOTSUP = 58;
const PERM = 63;
const ROFS = 69;
const SPIPE = 70;

const bytes = (text: string) => {
  const shared = new Uint8Array(new SharedArrayBuffer(text.length));
  shared.set(new TextEncoder().encode(text));
  return shared;
};
const image: FolderImage = {
  kind: 'folder',
  id: 1,
  entries: new Map([
    ['a.txt', { kind: 'file', id: 2, bytes: bytes('0123456789') }],
    ['inner', { kind: 'folder', id: 3, entries: new Map() }],
  ]),
};
const FOLDER = 3;
const OUTSIDE = MEMORY_BYTES - 1;

const talk = async <Result>(with_: (session: CoreSession) => Promise<Result>): Promise<Result> =>
  bench.with({ folders: new Map([['data', image]]), args: ['me', 'größe'], env: { A: 'b' } }, with_);

const wasi = (session: CoreSession, name: string, ...rest: (number | bigint)[]) =>
  session.call(`wasi_snapshot_preview1.${name}`, ...rest);

async function word(session: CoreSession, at: number): Promise<number> {
  const found = await session.peek(at, 4);
  return new DataView(found.buffer).getUint32(0, true);
}

/** Opens a path of the folder. @returns the descriptor, or minus the errno */
async function open(session: CoreSession, path: string, { flags = 0, rights = 0n, fd = FOLDER } = {}) {
  const text = new TextEncoder().encode(path);
  session.poke(FREE, text);
  const out = FREE + 20_000;
  const errno = await wasi(session, 'path_open', fd, 1, FREE, text.byteLength, flags, rights, 0n, 0, out);
  return errno === SUCCESS ? word(session, out) : -errno;
}

test('every call with a pointer out of the memory is a fault, and the module goes on', async () => {
  await talk(async (session) => {
    const file = await open(session, 'a.txt');
    const calls: [string, ...(number | bigint)[]][] = [
      ['args_sizes_get', OUTSIDE, FREE],
      ['args_get', OUTSIDE, FREE],
      ['args_get', FREE, OUTSIDE],
      ['environ_sizes_get', FREE, OUTSIDE],
      ['environ_get', FREE, OUTSIDE],
      ['clock_res_get', 0, OUTSIDE],
      ['clock_time_get', 1, 0n, OUTSIDE],
      ['random_get', OUTSIDE, 2],
      ['random_get', FREE, -1],
      ['poll_oneoff', OUTSIDE, FREE, 1, FREE],
      ['poll_oneoff', FREE, OUTSIDE, 1, FREE],
      ['poll_oneoff', FREE, FREE, 1, OUTSIDE],
      ['fd_fdstat_get', file, OUTSIDE],
      ['fd_filestat_get', file, OUTSIDE],
      ['fd_prestat_get', FOLDER, OUTSIDE],
      ['fd_prestat_dir_name', FOLDER, OUTSIDE, 4],
      ['fd_read', file, OUTSIDE, 1, FREE],
      ['fd_read', file, FREE, 1, OUTSIDE],
      ['fd_pread', file, OUTSIDE, 1, 0n, FREE],
      ['fd_write', 1, OUTSIDE, 1, FREE],
      ['fd_readdir', FOLDER, OUTSIDE, 2, 0n, FREE],
      ['fd_seek', file, 0n, 0, OUTSIDE],
      ['fd_tell', file, OUTSIDE],
      ['path_open', FOLDER, 0, OUTSIDE, 2, 0, 0n, 0n, 0, FREE],
      ['path_open', FOLDER, 0, FREE, 2, 0, 0n, 0n, 0, OUTSIDE],
      ['path_filestat_get', FOLDER, 0, OUTSIDE, 2, FREE],
      ['path_readlink', FOLDER, OUTSIDE, 2, FREE, 1, FREE],
    ];
    for (const [name, ...rest] of calls) {
      expect([name, await wasi(session, name, ...rest)]).toEqual([name, FAULT]);
    }
    // One buffer that leads out of the memory.
    session.poke(FREE, new Uint8Array(Uint32Array.of(OUTSIDE, 16).buffer));
    expect(await wasi(session, 'fd_read', file, FREE, 1, FREE + 64)).toBe(FAULT);
    expect(await wasi(session, 'fd_write', 1, FREE, 1, FREE + 64)).toBe(FAULT);
  });
});

test('every call on a descriptor that is not open is badf', async () => {
  await talk(async (session) => {
    const calls: [string, ...(number | bigint)[]][] = [
      ['fd_advise', 99, 0n, 0n, 0],
      ['fd_close', 99],
      ['fd_datasync', 99],
      ['fd_fdstat_get', 99, FREE],
      ['fd_fdstat_set_flags', 99, 0],
      ['fd_fdstat_set_rights', 99, 0n, 0n],
      ['fd_filestat_get', 99, FREE],
      ['fd_pread', 99, FREE, 0, 0n, FREE],
      ['fd_prestat_get', 4, FREE],
      ['fd_prestat_dir_name', 1, FREE, 9],
      ['fd_read', -1, FREE, 0, FREE],
      ['fd_read', 1, FREE, 0, FREE],
      ['fd_readdir', 99, FREE, 0, 0n, FREE],
      ['fd_renumber', 99, 1],
      ['fd_renumber', 1, 99],
      ['fd_seek', 99, 0n, 0, FREE],
      ['fd_sync', 99],
      ['fd_tell', 99, FREE],
      ['fd_write', 0, FREE, 0, FREE],
      ['path_open', 99, 0, FREE, 0, 0, 0n, 0n, 0, FREE],
      ['path_filestat_get', 99, 0, FREE, 0, FREE],
      ['path_readlink', 99, FREE, 0, FREE, 0, FREE],
    ];
    for (const [name, ...rest] of calls) {
      expect([name, await wasi(session, name, ...rest)]).toEqual([name, BADF]);
    }
  });
});

test('what would change something says that it cannot', async () => {
  await talk(async (session) => {
    const calls: [string, ...(number | bigint)[]][] = [
      ['fd_allocate', FOLDER, 0n, 0n],
      ['fd_filestat_set_size', FOLDER, 0n],
      ['fd_filestat_set_times', FOLDER, 0n, 0n, 0],
      ['fd_pwrite', FOLDER, FREE, 0, 0n, FREE],
      ['fd_write', FOLDER, FREE, 0, FREE],
      ['path_create_directory', FOLDER, FREE, 1],
      ['path_filestat_set_times', FOLDER, 0, FREE, 1, 0n, 0n, 0],
      ['path_link', FOLDER, 0, FREE, 1, FOLDER, FREE, 1],
      ['path_remove_directory', FOLDER, FREE, 1],
      ['path_rename', FOLDER, FREE, 1, FOLDER, FREE, 1],
      ['path_symlink', FREE, 1, FOLDER, FREE, 1],
      ['path_unlink_file', FOLDER, FREE, 1],
    ];
    for (const [name, ...rest] of calls) {
      expect([name, await wasi(session, name, ...rest)]).toEqual([name, ROFS]);
    }
    const [CREATE, TRUNCATE, WRITE] = [1, 8, 1n << 6n];
    expect(await open(session, 'new', { flags: CREATE })).toBe(-ROFS);
    expect(await open(session, 'a.txt', { flags: TRUNCATE })).toBe(-ROFS);
    expect(await open(session, 'a.txt', { rights: WRITE })).toBe(-ROFS);
    expect(await open(session, 'a.txt', { flags: CREATE })).toBeGreaterThan(FOLDER);
  });
});

test('paths lead nowhere but into their folder', async () => {
  await talk(async (session) => {
    expect(await open(session, 'inner/../a.txt')).toBeGreaterThan(FOLDER);
    for (const path of ['..', '../data', 'inner/../../x', '/a.txt', '/']) {
      expect(await open(session, path)).toBe(-PERM);
    }
    expect(await open(session, 'none')).toBe(-NOENT);
    expect(await open(session, '')).toBe(-NOENT);
    expect(await open(session, 'a.txt/')).toBe(-NOTDIR);
    expect(await open(session, 'a.txt', { flags: 2 })).toBe(-NOTDIR);
    expect(await open(session, 'x'.repeat(5_000))).toBe(-NAMETOOLONG);
    expect(await open(session, 'x'.repeat(17_000))).toBe(-NAMETOOLONG);
    expect(await open(session, 'x', { fd: 1 })).toBe(-NOTDIR);
    expect(await open(session, '\0')).toBe(-NOENT);
  });
});

test('files are read from where they are, sought in, and kept apart', async () => {
  await talk(async (session) => {
    const [one, other] = [await open(session, 'a.txt'), await open(session, 'a.txt')];
    const [vector, buffer, out] = [FREE, FREE + 64, FREE + 128];
    const read = async (fd: number, size: number) => {
      session.poke(vector, new Uint8Array(Uint32Array.of(buffer, size).buffer));
      expect(await wasi(session, 'fd_read', fd, vector, 1, out)).toBe(SUCCESS);
      return new TextDecoder().decode(await session.peek(buffer, await word(session, out)));
    };
    expect([await read(one, 3), await read(other, 2), await read(one, 4)]).toEqual(['012', '01', '3456']);
    expect(await wasi(session, 'fd_seek', one, -2n, 2, out)).toBe(SUCCESS);
    expect([await word(session, out), await read(one, 9), await read(one, 9)]).toEqual([8, '89', '']);
    expect(await wasi(session, 'fd_seek', one, 1n << 62n, 0, out)).toBe(SUCCESS);
    expect(await read(one, 9)).toBe('');
    expect(await wasi(session, 'fd_seek', one, -1n, 0, out)).toBe(INVAL);
    expect(await wasi(session, 'fd_seek', one, 0n, 3, out)).toBe(INVAL);
    expect(await wasi(session, 'fd_seek', 1, 0n, 0, out)).toBe(SPIPE);
    expect(await wasi(session, 'fd_seek', FOLDER, 0n, 0, out)).toBe(ISDIR);
    expect(await wasi(session, 'fd_renumber', other, one)).toBe(SUCCESS);
    expect([await read(one, 2), await wasi(session, 'fd_close', other)]).toEqual(['23', BADF]);
    expect(await wasi(session, 'fd_read', one, vector, 2_000, out)).toBe(INVAL);
  });
});

test('a folder is listed entry by entry, and a small buffer gets a part', async () => {
  await talk(async (session) => {
    const [buffer, out] = [FREE, FREE + 1_024];
    const list = async (size: number, cookie: bigint) => {
      expect(await wasi(session, 'fd_readdir', FOLDER, buffer, size, cookie, out)).toBe(SUCCESS);
      return word(session, out);
    };
    expect(await list(1_024, 0n)).toBe(4 * 24 + '.'.length + '..'.length + 'a.txt'.length + 'inner'.length);
    expect(await list(10, 0n)).toBe(10);
    expect(await list(1_024, 2n)).toBe(2 * 24 + 'a.txt'.length + 'inner'.length);
    expect(await list(1_024, 4n)).toBe(0);
    expect(await list(1_024, -1n)).toBe(0);
    expect(await wasi(session, 'fd_readdir', 1, buffer, 9, 0n, out)).toBe(NOTDIR);
  });
});

test('arguments, variables, clocks, what is not there, and waiting', async () => {
  await talk(async (session) => {
    const out = FREE + 512;
    expect(await wasi(session, 'args_sizes_get', out, out + 4)).toBe(SUCCESS);
    expect([await word(session, out), await word(session, out + 4)]).toEqual([2, 'me\0grösse\0'.length + 1]);
    expect(await wasi(session, 'args_get', FREE, FREE + 64)).toBe(SUCCESS);
    expect(new TextDecoder().decode(await session.peek(FREE + 64, 11))).toBe('me\0größe\0');
    expect(await wasi(session, 'environ_get', FREE, FREE + 64)).toBe(SUCCESS);
    expect(new TextDecoder().decode(await session.peek(FREE + 64, 4))).toBe('A=b\0');
    expect(await wasi(session, 'clock_time_get', 2, 0n, out)).toBe(NOTSUP);
    expect(await wasi(session, 'clock_res_get', 9, out)).toBe(NOTSUP);
    expect(await wasi(session, 'sched_yield')).toBe(SUCCESS);
    expect(await wasi(session, 'proc_raise', 9)).toBe(NOSYS);
    expect(await wasi(session, 'sock_accept', 3, 0, FREE)).toBe(NOTSUP);
    expect(await wasi(session, 'sock_recv', 3, FREE, 1, 0, FREE, FREE)).toBe(NOTSUP);
    expect(await wasi(session, 'sock_send', 3, FREE, 1, 0, FREE)).toBe(NOTSUP);
    expect(await wasi(session, 'sock_shutdown', 3, 0)).toBe(NOTSUP);
    expect(await wasi(session, 'poll_oneoff', FREE, FREE, 0, out)).toBe(INVAL);
    expect(await wasi(session, 'poll_oneoff', FREE, FREE, 2_000, out)).toBe(INVAL);
    // Two subscriptions: 1 ms of the monotonic clock, and a descriptor that is not open, which comes first.
    const subscriptions = new DataView(new ArrayBuffer(96));
    subscriptions.setBigUint64(0, 11n, true);
    subscriptions.setUint32(16, 1, true);
    subscriptions.setBigUint64(24, 1_000_000n, true);
    subscriptions.setBigUint64(48, 22n, true);
    subscriptions.setUint8(56, 1);
    subscriptions.setUint32(64, 99, true);
    session.poke(FREE, new Uint8Array(subscriptions.buffer));
    expect(await wasi(session, 'poll_oneoff', FREE, FREE + 128, 2, out)).toBe(SUCCESS);
    expect(await word(session, out)).toBe(1);
    const failed = new DataView((await session.peek(FREE + 128, 32)).buffer);
    expect([failed.getBigUint64(0, true), failed.getUint16(8, true)]).toEqual([22n, BADF]);
    expect(await wasi(session, 'poll_oneoff', FREE, FREE + 128, 1, out)).toBe(SUCCESS);
    expect(await word(session, FREE + 128)).toBe(11);
  });
});

test('the exit status is the module’s own', async () => {
  expect(await talk(async (session) => session.exit(42))).toBe(42);
});
