/**
 * The standard streams: those of a command, or else an empty input, and outputs that become lines of the service log.
 */
import { EMPTY, InputStream } from '../io/input-stream.ts';
import type { Imports, StandardStreams, WasiHost, WasiPart } from '../wasi-host.ts';
import { OutputStream, type ByteSink } from '../io/output-stream.ts';

/** Longer lines are split. */
const MAX_LINE_BYTES = 8_192;

const LINE_FEED = 0x0a;

export function makeStdio(host: WasiHost): Required<WasiPart> {
  if (host.streams !== undefined) return { imports: streamImports(host, host.streams), end: () => undefined };
  const stdout = lineSink((line) => host.log('info', 'stdout', line));
  const stderr = lineSink((line) => host.log('warn', 'stderr', line));
  return {
    imports: streamImports(host, { stdin: EMPTY, stdout, stderr }),
    end() {
      stdout.flush();
      stderr.flush();
    },
  };
}

/**
 * Collects lines; `flush` emits the last one, if it has no line feed. Malformed UTF-8 becomes replacement characters;
 * control characters are left to the service log, which lets none of them through.
 */
function lineSink(emit: (line: string) => void): ByteSink & { flush: () => void } {
  const pending = new Uint8Array(MAX_LINE_BYTES);
  let length = 0;
  const emitLine = (): void => {
    const line = new TextDecoder().decode(pending.subarray(0, length));
    length = 0;
    emit(line.endsWith('\r') ? line.slice(0, -1) : line);
  };
  return {
    write(bytes) {
      let rest = bytes;
      while (rest.byteLength > 0) {
        const lineEnd = rest.indexOf(LINE_FEED);
        const wanted = lineEnd < 0 ? rest.byteLength : lineEnd;
        const taken = Math.min(wanted, MAX_LINE_BYTES - length);
        pending.set(rest.subarray(0, taken), length);
        length += taken;
        const complete = taken === lineEnd;
        if (complete || length === MAX_LINE_BYTES) emitLine();
        rest = rest.subarray(taken + (complete ? 1 : 0));
      }
    },
    flush() {
      if (length > 0) emitLine();
    },
  };
}

function streamImports(host: WasiHost, { stdin, stdout, stderr }: StandardStreams): Imports {
  return {
    'wasi:cli/stdin': { getStdin: () => new InputStream(host, stdin) },
    'wasi:cli/stdout': { getStdout: () => new OutputStream(host, stdout) },
    'wasi:cli/stderr': { getStderr: () => new OutputStream(host, stderr) },
  };
}
