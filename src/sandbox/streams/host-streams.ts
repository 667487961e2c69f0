/**
 * The main thread's ends of a command's standard streams: they connect the pipes to streams of Node.
 *
 * Guarantees: no byte of the input is consumed before the command reads; what the command wrote has been passed to the
 * outputs when {@link HostStreams.finish} resolves; after an output has failed, the command's next write to it fails.
 */
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { SharedPipe, type SharedStreams } from './shared-pipe.ts';

export interface NodeStreams {
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
}

export class HostStreams {
  readonly #pipes: { stdin: SharedPipe; stdout: SharedPipe; stderr: SharedPipe };
  readonly #draining: Promise<unknown>;

  /** @param wake wakes the guest thread, if it waits */
  constructor(shared: SharedStreams, { stdin, stdout, stderr }: NodeStreams, wake: () => void) {
    this.#pipes = {
      stdin: new SharedPipe(shared.stdin),
      stdout: new SharedPipe(shared.stdout),
      stderr: new SharedPipe(shared.stderr),
    };
    void feed(stdin, this.#pipes.stdin, wake);
    this.#draining = Promise.all([
      drain(this.#pipes.stdout, stdout, wake),
      drain(this.#pipes.stderr, stderr, wake),
    ]);
  }

  /** Writes out what the ended command wrote, and releases the input. */
  async finish(): Promise<void> {
    for (const pipe of Object.values(this.#pipes)) pipe.close();
    await this.#draining;
  }
}

/** Copies from an input to the pipe when the command reads. A failed input counts as ended. */
async function feed(input: Readable, pipe: SharedPipe, wake: () => void): Promise<void> {
  const wanted = async (): Promise<boolean> => {
    for (;;) {
      const { pulse } = pipe;
      if (pipe.closed || pipe.wanted) return !pipe.closed;
      await pipe.changed(pulse);
    }
  };
  try {
    if (!(await wanted())) return;
    for await (const chunk of input) {
      for (let rest = new Uint8Array(chunk as Buffer); rest.byteLength > 0 && !pipe.closed;) {
        const { pulse } = pipe;
        const written = pipe.write(rest);
        rest = rest.subarray(written);
        wake();
        if (written === 0) await pipe.changed(pulse);
      }
      if (!(await wanted())) return;
    }
  } catch {
    // The command sees the end of its input.
  } finally {
    pipe.close();
    wake();
  }
}

async function drain(pipe: SharedPipe, output: Writable, wake: () => void): Promise<void> {
  const fail = () => {
    pipe.close();
    wake();
  };
  output.once('error', fail);
  try {
    for (;;) {
      const { pulse, closed } = pipe;
      const bytes = pipe.read();
      if (bytes.byteLength > 0) {
        wake();
        if (!output.destroyed && !output.write(bytes))
          await Promise.race([once(output, 'drain'), closing(output)]);
      } else if (closed) {
        return;
      } else {
        await pipe.changed(pulse);
      }
    }
  } catch {
    fail();
  } finally {
    output.off('error', fail);
  }
}

async function closing(output: Writable): Promise<void> {
  if (!output.destroyed) await once(output, 'close');
}
