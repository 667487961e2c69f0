/** wasi:clocks. The monotonic clock starts with the instance, so that it does not reveal the host's uptime. */
import { monotonicMs } from '../../async/clock.ts';
import type { WasiHost, WasiPart } from '../wasi-host.ts';
import { Pollable, type Event } from '../io/poll.ts';

const NS_PER_MS = 1e6;

/** Start of the clock: some language runtimes take an instant of 0 for "not yet started". */
const FIRST_INSTANT_MS = 1_000;

/** Longest wait, beyond any deadline. */
const MAX_WAIT_MS = 1e9;

export class InstanceClock {
  readonly #origin = monotonicMs() - FIRST_INSTANT_MS;

  /** Nanoseconds. */
  now(): bigint {
    return BigInt(Math.round((monotonicMs() - this.#origin) * NS_PER_MS));
  }

  after(ns: bigint): Event {
    const at = monotonicMs() + Math.min(Number(ns) / NS_PER_MS, MAX_WAIT_MS);
    return { at, ready: () => monotonicMs() >= at };
  }
}

export function makeClocks(host: WasiHost): WasiPart {
  const clock = new InstanceClock();
  const now = () => clock.now();
  const after = (ns: bigint) => new Pollable(host, clock.after(ns));
  const imports = {
    'wasi:clocks/monotonic-clock': {
      now,
      resolution: () => 1_000n,
      subscribeDuration: after,
      subscribeInstant: (instant: bigint) => {
        const ahead = instant - now();
        return after(ahead > 0n ? ahead : 0n);
      },
    },
    'wasi:clocks/wall-clock': {
      now: () => {
        const ms = Date.now();
        return { seconds: BigInt(Math.floor(ms / 1000)), nanoseconds: (ms % 1000) * NS_PER_MS };
      },
      resolution: () => ({ seconds: 0n, nanoseconds: NS_PER_MS }),
    },
  };
  return { imports };
}
