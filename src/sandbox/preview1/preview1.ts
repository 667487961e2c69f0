/**
 * wasi_snapshot_preview1 for one core module, over the same clocks, streams and folders as WASI 0.2 for
 * components. All 46 functions exist; a change to a read-only file fails with an errno.
 */
import type { GuestMemory } from '../../nn/witx/guest-memory.ts';
import { InstanceClock } from '../../capabilities/clocks/clocks.ts';
import type { StandardStreams, WasiHost } from '../../capabilities/wasi-host.ts';
import { Descriptors } from './descriptors.ts';
import { fdCalls } from './fd-calls.ts';
import { pathCalls } from './path-calls.ts';
import { pollOneoff } from './poll-oneoff.ts';
import { processCalls } from './process-calls.ts';

type Preview1Host = Pick<WasiHost, 'granted' | 'folders' | 'writer' | 'handles' | 'sleeper'>;

export function makePreview1(host: Preview1Host, memory: GuestMemory, streams: StandardStreams) {
  const clock = new InstanceClock();
  const descriptors = new Descriptors(host, streams);
  return {
    ...processCalls(host, memory, clock),
    ...fdCalls(host, memory, descriptors),
    ...pathCalls(memory, descriptors),
    ...pollOneoff(host, memory, { descriptors, clock }),
  };
}
