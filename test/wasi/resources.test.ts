import { describe, expect, it } from 'vitest';
import { MODEL_LIMITS } from '../../src/config/limits.ts';
import { monotonicMs } from '../../src/async/clock.ts';
import { HandleCount } from '../../src/capabilities/host/handle-count.ts';
import type { InputStream } from '../../src/capabilities/io/input-stream.ts';
import { linkCapabilities } from '../../src/capabilities/link-capabilities.ts';
import type { WasiHost, WasiPart } from '../../src/capabilities/wasi-host.ts';
import type { OutputStream } from '../../src/capabilities/io/output-stream.ts';
import type { Pollable } from '../../src/capabilities/io/poll.ts';
import { SpanLog } from '../../src/telemetry/span-log.ts';

/** The imports as the generated glue calls them, without a component in between. */

const PACKAGES = ['io/poll', 'cli/stdout', 'clocks/wall-clock', 'random/random', 'sockets/network'];

async function makeWasi(liveResources = 10): Promise<WasiPart & { log: string[] }> {
  const cell = new SharedArrayBuffer(4);
  const log: string[] = [];
  const host: WasiHost = {
    program: 'm@1',
    granted: {},
    limits: MODEL_LIMITS,
    folders: new Map(),
    handles: new HandleCount(liveResources),
    sleeper: {
      shared: cell,
      pulse: 0,
      sleep: (_, until) => void Atomics.wait(new Int32Array(cell), 0, 0, until - monotonicMs()),
    },
    trace: () => undefined,
    spans: new SpanLog(),
    log: (_, context, message) => log.push(`${context}: ${message}`),
  };
  const make = await linkCapabilities(PACKAGES.map((name) => `wasi:${name}@0.2.0`));
  if (make === undefined) throw new Error('nothing was loaded');
  return { ...make(host), log };
}

const imported = (wasi: WasiPart, from: string, name: string): unknown => wasi.imports[from]?.[name];

const stdoutOf = (wasi: WasiPart): OutputStream =>
  (imported(wasi, 'wasi:cli/stdout', 'getStdout') as () => OutputStream)();

describe('WASI', () => {
  it('is not loaded for a component that does not import it', async () => {
    expect(
      await linkCapabilities(['wasi:nn/tensor@0.2.0-rc-2024-10-28', 'wasi:config/store']),
    ).toBeUndefined();
  });

  it('gives each instance a seed of its own', async () => {
    const seedOf = async (): Promise<bigint[]> =>
      (imported(await makeWasi(), 'wasi:random/insecure-seed', 'insecureSeed') as () => bigint[])();
    expect(await seedOf()).not.toEqual(await seedOf());
  });

  it('does not tell how long the host has been running', async () => {
    const now = imported(await makeWasi(), 'wasi:clocks/monotonic-clock', 'now') as () => bigint;
    expect(Number(now()) / 1e9).toBeCloseTo(1, 0);
  });

  it('makes no more random bytes than a memory can hold', async () => {
    const bytes = imported(await makeWasi(), 'wasi:random/random', 'getRandomBytes') as (
      length: bigint,
    ) => Uint8Array;
    expect(bytes(16n)).toHaveLength(16);
    expect(() => bytes(2n ** 63n)).toThrow('memoryBytes');
  });

  it('links sockets and gives none', async () => {
    const create = imported(
      await makeWasi(),
      'wasi:sockets/tcp-create-socket',
      'createTcpSocket',
    ) as () => unknown;
    expect(create()).toEqual({ tag: 'err', val: 'access-denied' });
  });
});

describe('resources', () => {
  it('are no more than liveResources', async () => {
    const wasi = await makeWasi(2);
    const [first] = [stdoutOf(wasi), stdoutOf(wasi)];
    expect(() => stdoutOf(wasi)).toThrow('liveResources allows 2');
    first?.[Symbol.dispose]();
    expect(stdoutOf(wasi)).toBeDefined();
  });
});

describe('an output stream', () => {
  it('takes what it permits and no more', async () => {
    const stream = stdoutOf(await makeWasi());
    expect(stream.checkWrite()).toEqual({ tag: 'ok', val: 65_536n });
    expect(() => stream.write(new Uint8Array(65_537))).toThrow('check-write permits');
    expect(() => stream.writeZeroes(2n ** 63n)).toThrow('check-write permits');
  });

  it('cuts endless lines into pieces and mends broken text', async () => {
    const wasi = await makeWasi();
    const stream = stdoutOf(wasi);
    stream.write(new Uint8Array(20_000).fill(0x61));
    stream.write(Uint8Array.of(0x0d, 0x0a, 0xff, 0x0a, 0x0a, 0x62));
    wasi.end?.();
    expect(wasi.log.map((line) => line.length)).toEqual([8_200, 8_200, 3_624, 9, 8, 9]);
    expect(wasi.log[3]).toBe('stdout: \ufffd');
  });

  it('splices from an input', async () => {
    const wasi = await makeWasi();
    const input = (imported(wasi, 'wasi:cli/stdin', 'getStdin') as () => InputStream)();
    expect(stdoutOf(wasi).blockingSplice(input, 10n)).toEqual({ tag: 'err', val: { tag: 'closed' } });
  });
});

describe('poll', () => {
  it('waits for the first that is ready', async () => {
    const wasi = await makeWasi();
    const after = imported(wasi, 'wasi:clocks/monotonic-clock', 'subscribeDuration') as (
      ns: bigint,
    ) => Pollable;
    const poll = imported(wasi, 'wasi:io/poll', 'poll') as (list: Pollable[]) => Uint32Array;
    const started = performance.now();
    expect([...poll([after(2n ** 64n - 1n), after(20_000_000n)])]).toEqual([1]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(19);
    expect(() => poll([])).toThrow('nothing to wait for');
  });

  it('does not take a forged handle for a pollable', async () => {
    const wasi = await makeWasi();
    const poll = imported(wasi, 'wasi:io/poll', 'poll') as (list: unknown[]) => unknown;
    const { prototype } = imported(wasi, 'wasi:io/poll', 'Pollable') as { prototype: object };
    expect(() => poll([Object.create(prototype) as unknown])).toThrow(TypeError);
  });
});
