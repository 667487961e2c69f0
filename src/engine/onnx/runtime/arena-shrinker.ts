/**
 * Returns memory that runs have taken to the system.
 *
 * ONNX Runtime shrinks an arena only at the end of a run that asks for it, so a graph of one node is run to ask. It runs
 * on a thread of libuv's pool, since unmapping a large block takes milliseconds.
 */
import type { Address } from './c-api.ts';
import type { OnnxRuntime } from './runtime.ts';

/** A ModelProto of one Identity node from the FLOAT scalar `x` to `y`. */
const IDENTITY = Buffer.from(
  '08083a2f0a100a017812017922084964656e746974791201675a0b0a017812060a0408011200620b0a017912060a04080112004202100d',
  'hex',
);
const FLOAT = 1;

/** Cells of the two values, after those of the two names. */
const INPUT = 2;
const OUTPUT = 3;

export class ArenaShrinker {
  readonly #runtime: OnnxRuntime;
  /** Session of the graph that it runs. */
  readonly session: Address;
  readonly #options: Address;
  readonly #names = Buffer.from('x\0y\0');
  readonly #number = new Float32Array(new ArrayBuffer(4));
  /** Addresses of the two names and of the two values. */
  readonly #cells = new BigUint64Array(new ArrayBuffer(4 * 8));
  #running: Promise<void> | undefined;
  #disposed = false;

  constructor(runtime: OnnxRuntime) {
    const { native } = runtime;
    this.#runtime = runtime;
    const at = native.addressOf(this.#cells);
    runtime.loadHere(IDENTITY, { threads: 1 }, at);
    this.session = this.#cells[0] ?? 0n;
    this.#options = runtime.makeRunOptions();
    native.check(
      native.call.AddRunConfigEntry(this.#options, 'memory.enable_memory_arena_shrinkage', 'cpu:0'),
    );
    const names = native.addressOf(this.#names);
    this.#cells.set([names, names + 2n, 0n, 0n]);
    // The arena never frees its first block; this makes it a small one.
    this.#makeInput();
    try {
      native.check(native.call.Run(...this.#call()));
    } finally {
      this.#releaseValues();
    }
  }

  async shrink(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#disposed) this.#release();
    });
    return this.#running;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    if (this.#running === undefined) this.#release();
  }

  async #run(): Promise<void> {
    const { native } = this.#runtime;
    this.#makeInput();
    try {
      await native.checkLater(native.call.Run, ...this.#call());
    } finally {
      this.#releaseValues();
    }
  }

  #makeInput(): void {
    const bytes = new Uint8Array(this.#number.buffer);
    this.#runtime.values.create({ bytes, dimensions: [], elementType: FLOAT }, this.#addressOf(INPUT));
  }

  #call(): (Address | number)[] {
    const [names, outputNames] = [this.#addressOf(0), this.#addressOf(1)];
    return [
      this.session,
      this.#options,
      names,
      this.#addressOf(INPUT),
      1,
      outputNames,
      1,
      this.#addressOf(OUTPUT),
    ];
  }

  #releaseValues(): void {
    for (const cell of [INPUT, OUTPUT]) {
      const value = this.#cells[cell] ?? 0n;
      if (value !== 0n) this.#runtime.values.release(value);
      this.#cells[cell] = 0n;
    }
  }

  #addressOf(cell: number): Address {
    return this.#runtime.native.addressOf(this.#cells) + BigInt(8 * cell);
  }

  #release(): void {
    this.#runtime.unload(this.session);
    this.#runtime.releaseRunOptions(this.#options);
  }
}
