/** The guest thread's ends of a command's standard streams. They block until the request ends. */
import type { ByteSource } from '../../capabilities/io/input-stream.ts';
import type { ByteSink } from '../../capabilities/io/output-stream.ts';
import { StreamFailure } from '../../capabilities/io/stream-error.ts';
import type { StandardStreams } from '../../capabilities/wasi-host.ts';
import type { Sleeper } from '../../capabilities/host/sleeper.ts';
import { SharedPipe, type SharedStreams } from './shared-pipe.ts';

export function guestStreams({ stdin, stdout, stderr }: SharedStreams, sleeper: Sleeper): StandardStreams {
  return {
    stdin: sourceOf(new SharedPipe(stdin)),
    stdout: sinkOf(new SharedPipe(stdout), sleeper),
    stderr: sinkOf(new SharedPipe(stderr), sleeper),
  };
}

function sourceOf(pipe: SharedPipe): ByteSource {
  return {
    ready() {
      if (pipe.readable > 0 || pipe.closed) return true;
      pipe.want();
      return false;
    },
    read(max) {
      // In this order, so that bytes written before the end are not missed.
      const { closed } = pipe;
      if (pipe.readable === 0) return closed ? undefined : new Uint8Array();
      return pipe.read(max);
    },
  };
}

function sinkOf(pipe: SharedPipe, sleeper: Sleeper): ByteSink {
  return {
    /** @throws RequestCancelled */
    write(bytes) {
      for (let rest = bytes; rest.byteLength > 0;) {
        const { pulse } = sleeper;
        if (pipe.closed) throw new StreamFailure('The reader of this stream has closed it.');
        const written = pipe.write(rest);
        rest = rest.subarray(written);
        if (written === 0) sleeper.sleep(pulse, Infinity);
      }
    },
  };
}
