/** wasi_snapshot_preview1's calls without files: arguments, variables, clocks, random numbers, exit. */
import { randomFillSync } from 'node:crypto';
import type { GuestMemory } from '../../nn/witx/guest-memory.ts';
import { ComponentExit } from '../../capabilities/cli/cli.ts';
import type { InstanceClock } from '../../capabilities/clocks/clocks.ts';
import type { WasiHost } from '../../capabilities/wasi-host.ts';
import { ERRNO, errnoOf, Preview1Error } from './errno.ts';

const REALTIME = 0;
const MONOTONIC = 1;
/** Random bytes are generated in pieces of this size. */
const RANDOM_BYTES = 65_536;

export function processCalls({ granted }: WasiHost, memory: GuestMemory, clock: InstanceClock) {
  const encoder = new TextEncoder();
  const args = (granted.args ?? []).map((text) => encoder.encode(`${text}\0`));
  const env = Object.entries(granted.env ?? {}).map(([key, value]) => encoder.encode(`${key}=${value}\0`));

  const writeSizes = (list: readonly Uint8Array[], count: number, size: number) =>
    errnoOf(() => {
      memory.setU32(count, list.length);
      memory.setU32(
        size,
        list.reduce((sum, { byteLength }) => sum + byteLength, 0),
      );
    });
  const writeList = (list: readonly Uint8Array[], pointers: number, texts: number) =>
    errnoOf(() => {
      let at = texts >>> 0;
      list.forEach((text, i) => {
        memory.setU32((pointers >>> 0) + 4 * i, at);
        memory.write(at, text);
        at += text.byteLength;
      });
    });

  return {
    args_sizes_get: (count: number, size: number) => writeSizes(args, count, size),
    args_get: (pointers: number, texts: number) => writeList(args, pointers, texts),
    environ_sizes_get: (count: number, size: number) => writeSizes(env, count, size),
    environ_get: (pointers: number, texts: number) => writeList(env, pointers, texts),
    clock_res_get: (id: number, out: number) =>
      errnoOf(() => memory.setU64(out, id === REALTIME ? 1_000_000n : clockIs(id, MONOTONIC, 1_000n))),
    clock_time_get: (id: number, _precision: bigint, out: number) =>
      errnoOf(() =>
        memory.setU64(
          out,
          id === REALTIME ? BigInt(Date.now()) * 1_000_000n : clockIs(id, MONOTONIC, clock.now()),
        ),
      ),
    random_get: (pointer: number, length: number) =>
      errnoOf(() => {
        const bytes = memory.bytes(pointer, length);
        for (let at = 0; at < bytes.byteLength; at += RANDOM_BYTES) {
          randomFillSync(bytes.subarray(at, at + RANDOM_BYTES));
        }
      }),
    proc_exit: (status: number): never => {
      throw new ComponentExit(`status ${status >>> 0}`, status >>> 0);
    },
    proc_raise: () => ERRNO.nosys,
    sched_yield: () => ERRNO.success,
    sock_accept: () => ERRNO.notsup,
    sock_recv: () => ERRNO.notsup,
    sock_send: () => ERRNO.notsup,
    sock_shutdown: () => ERRNO.notsup,
  };
}

function clockIs<Value>(id: number, known: number, value: Value): Value {
  if (id !== known) throw new Preview1Error('notsup');
  return value;
}
