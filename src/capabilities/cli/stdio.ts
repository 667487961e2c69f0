/**
 * The standard streams: those of a command, or else an empty input, and outputs that become lines of the service log.
 */
import { EMPTY, InputStream } from '../io/input-stream.ts';
import type { Imports, StandardStreams, WasiHost, WasiPart } from '../wasi-host.ts';
import { OutputStream, type ByteSink } from '../io/output-stream.ts';

/** Longer lines are split. */
const MAX_LINE_BYTES = 8_192;

const LINE_FEED = 0x0a;

/**
 * Collects lines. Malformed UTF-8 becomes replacement characters; control characters are left to the
 * service log, which lets none of them through.
 */
class LineSink implements ByteSink {
  readonly #emit: (line: string) => void;
  readonly #pending = new Uint8Array(MAX_LINE_BYTES);
  #length = 0;

  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  write(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.byteLength > 0) {
      const lineEnd = rest.indexOf(LINE_FEED);
      const wanted = lineEnd < 0 ? rest.byteLength : lineEnd;
      const taken = Math.min(wanted, MAX_LINE_BYTES - this.#length);
      this.#pending.set(rest.subarray(0, taken), this.#length);
      this.#length += taken;
      const complete = taken === lineEnd;
      if (complete || this.#length === MAX_LINE_BYTES) this.#emitLine();
      rest = rest.subarray(taken + (complete ? 1 : 0));
    }
  }

  /** Emits the last line, if it has no line feed. */
  flush(): void {
    if (this.#length > 0) this.#emitLine();
  }

  #emitLine(): void {
    const line = new TextDecoder().decode(this.#pending.subarray(0, this.#length));
    this.#length = 0;
    this.#emit(line.endsWith('\r') ? line.slice(0, -1) : line);
  }
}

export function makeStdio(host: WasiHost): Required<WasiPart> {
  if (host.streams !== undefined) return { imports: streamImports(host, host.streams), end: () => undefined };
  const stdout = new LineSink((line) => host.log('info', 'stdout', line));
  const stderr = new LineSink((line) => host.log('warn', 'stderr', line));
  return {
    imports: streamImports(host, { stdin: EMPTY, stdout, stderr }),
    end() {
      stdout.flush();
      stderr.flush();
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
