/** wasi_snapshot_preview1's calls without files: arguments, variables, clocks, random numbers, exit. */
import { randomFillSync } from 'node:crypto';
import type { GuestMemory } from '../../nn/witx/guest-memory.ts';
import { ComponentExit } from '../../capabilities/cli/cli.ts';
import type { InstanceClock } from '../../capabilities/clocks/clocks.ts';
import type { WasiHost } from '../../capabilities/wasi-host.ts';
import { Preview1Error, withErrno } from './errno.ts';

const REALTIME = 0;
const MONOTONIC = 1;
/** Random bytes are generated in pieces of this size. */
const RANDOM_BYTES = 65_536;

export function processCalls(
  { granted }: Pick<WasiHost, 'granted'>,
  memory: GuestMemory,
  clock: InstanceClock,
) {
  const encoder = new TextEncoder();
  const args = (granted.args ?? []).map((text) => encoder.encode(`${text}\0`));
  const env = Object.entries(granted.env ?? {}).map(([key, value]) => encoder.encode(`${key}=${value}\0`));

  const writeSizes = (list: readonly Uint8Array[], count: number, size: number): void => {
    memory.setU32(count, list.length);
    const bytes = list.reduce((sum, { byteLength }) => sum + byteLength, 0);
    memory.setU32(size, bytes);
  };
  const writeList = (list: readonly Uint8Array[], pointers: number, texts: number): void => {
    let at = texts >>> 0;
    list.forEach((text, i) => {
      memory.setU32((pointers >>> 0) + 4 * i, at);
      memory.write(at, text);
      at += text.byteLength;
    });
  };
  const noSockets = (): never => {
    throw new Preview1Error('notsup');
  };

  return withErrno({
    args_sizes_get: (count: number, size: number) => writeSizes(args, count, size),
    args_get: (pointers: number, texts: number) => writeList(args, pointers, texts),
    environ_sizes_get: (count: number, size: number) => writeSizes(env, count, size),
    environ_get: (pointers: number, texts: number) => writeList(env, pointers, texts),
    clock_res_get: (id: number, out: number) =>
      memory.setU64(out, byClock(id, { realtime: 1_000_000n, monotonic: 1_000n })),
    clock_time_get(id: number, _precision: bigint, out: number) {
      const realtime = BigInt(Date.now()) * 1_000_000n;
      memory.setU64(out, byClock(id, { realtime, monotonic: clock.now() }));
    },
    random_get(pointer: number, length: number) {
      const bytes = memory.bytes(pointer, length);
      for (let at = 0; at < bytes.byteLength; at += RANDOM_BYTES) {
        randomFillSync(bytes.subarray(at, at + RANDOM_BYTES));
      }
    },
    proc_exit(status: number) {
      throw new ComponentExit(`status ${status >>> 0}`, status >>> 0);
    },
    proc_raise() {
      throw new Preview1Error('nosys');
    },
    sched_yield: () => undefined,
    sock_accept: noSockets,
    sock_recv: noSockets,
    sock_send: noSockets,
    sock_shutdown: noSockets,
  });
}

/** @throws Preview1Error for the clocks of processor time */
function byClock(id: number, { realtime, monotonic }: { realtime: bigint; monotonic: bigint }): bigint {
  if (id === REALTIME) return realtime;
  if (id === MONOTONIC) return monotonic;
  throw new Preview1Error('notsup');
}
