/** wasi:io: streams, their errors, and polling. The streams themselves come from the other packages. */
import { InputStream } from './input-stream.ts';
import type { WasiHost, WasiPart } from '../wasi-host.ts';
import { OutputStream } from './output-stream.ts';
import { Pollable, waitForAny } from './poll.ts';
import { IoError } from './stream-error.ts';

export function makeIo(host: WasiHost): WasiPart {
  const poll = (pollables: Pollable[]): Uint32Array => {
    if (pollables.length === 0) throw new RangeError('poll was called with nothing to wait for.');
    const events = pollables.map((pollable) => Pollable.eventOf(pollable));
    return Uint32Array.from(waitForAny(host, events));
  };
  return {
    imports: {
      'wasi:io/error': { Error: IoError },
      'wasi:io/poll': { Pollable, poll },
      'wasi:io/streams': { InputStream, OutputStream },
    },
  };
}
