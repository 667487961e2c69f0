/**
 * The arena from which all runs take their memory: what it says of itself, and how it is made to return what it does not
 * use.
 *
 * ONNX Runtime shrinks an arena only at the end of a run that asks for it, so a graph of one node is run to ask. It runs
 * on a thread of libuv's pool, since unmapping a large block takes milliseconds.
 */
import { addressOf, type Address } from '../../../native/koffi.ts';
import type { NativeRun, RunMemory, RunMemoryBytes } from '../../../runtime.ts';
import type { OnnxRuntime } from './runtime.ts';

/** A ModelProto of one Identity node from the FLOAT scalar `x` to `y`. */
const IDENTITY = Buffer.from(
  '08083a2f0a100a017812017922084964656e746974791201675a0b0a017812060a0408011200620b0a017912060a04080112004202100d',
  'hex',
);
const NUMBER = { type: 'FP32', elementType: 'FLOAT', dimensions: [] } as const;
const FACTS = {
  inputs: [{ name: 'x', ...NUMBER }],
  outputs: [{ name: 'y', ...NUMBER }],
  metadata: {},
  fatal: {},
};

export class Arena implements RunMemory {
  readonly #runtime: OnnxRuntime;
  readonly #allocator: Address;
  /** The values of its input and output. */
  readonly #cells = new BigUint64Array(new ArrayBuffer(2 * 8));
  readonly #identity: NativeRun;
  #running: Promise<void> | undefined;
  #disposed = false;

  constructor(runtime: OnnxRuntime) {
    const { native, handle } = runtime;
    this.#runtime = runtime;
    const cells = addressOf(this.#cells);
    runtime.loadHere(IDENTITY, { threads: 1 }, cells);
    const [session = 0n] = this.#cells;
    this.#cells[0] = 0n;
    // Any session would do: all share the arena.
    this.#allocator = native.result((out) => native.call.CreateAllocator(session, handle.memory, out));
    const runOptions = runtime.makeRunOptions();
    native.check(native.call.AddRunConfigEntry(runOptions, 'memory.enable_memory_arena_shrinkage', 'cpu:0'));
    const input = { name: 'x', dimensions: [], bytes: new Uint8Array(new ArrayBuffer(4)) };
    this.#identity = { session, runOptions, facts: FACTS, inputs: [input], outputs: ['y'], cells };
    // The arena never frees its first block; this makes it a small one.
    try {
      runtime.runs.run(this.#identity);
    } finally {
      this.#releaseValues();
    }
  }

  read(): RunMemoryBytes {
    const { native } = this.#runtime;
    const pairs = native.result((out) => native.call.AllocatorGetStats(this.#allocator, out));
    try {
      const bytes = (name: string) => Number(native.valueOf(pairs, name) ?? 0);
      return { used: bytes('InUse'), peak: bytes('MaxInUse'), held: bytes('TotalAllocated') };
    } finally {
      native.call.ReleaseKeyValuePairs(pairs);
    }
  }

  async shrink(): Promise<void> {
    this.#running ??= this.#runtime.runs.runLater(this.#identity).finally(() => {
      this.#releaseValues();
      this.#running = undefined;
      if (this.#disposed) this.#release();
    });
    return this.#running;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    if (this.#running === undefined) this.#release();
  }

  #releaseValues(): void {
    for (const value of this.#cells) if (value !== 0n) this.#runtime.values.release(value);
    this.#cells.fill(0n);
  }

  #release(): void {
    this.#runtime.native.call.ReleaseAllocator(this.#allocator);
    this.#runtime.unload(this.#identity.session);
    this.#runtime.releaseRunOptions(this.#identity.runOptions);
  }
}
