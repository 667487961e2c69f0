/**
 * A backend's native library, as the engine uses it.
 *
 * Sessions, values and run options are addresses, which hold in every thread of the process.
 */
import type { GraphFacts } from './graph-facts.ts';
import type { Address } from './native/koffi.ts';

/** Memory that all runs share. */
export interface RunMemory extends Disposable {
  read(): RunMemoryBytes;
  /** Returns what is not used to the system. */
  shrink(): Promise<void>;
}

export interface RunMemoryBytes {
  /** Taken by runs, and by values that are kept. */
  used: number;
  /** The most that was ever used at one time. */
  peak: number;
  /** Taken from the system, used or not. */
  held: number;
}

/** The library as one thread uses it. */
export interface Runtime {
  /** Plain data with which another thread can attach to it. */
  readonly handle: object;
  readonly values: NativeValues;
  /** @throws EngineError `invalid-argument`, `timeout`, `too-large`, `runtime-error` */
  readonly runs: { run(run: NativeRun): void };
  /** Makes a session elsewhere. @throws EngineError `invalid-encoding`, `unsupported-operation`, `too-large` */
  load(model: Uint8Array, options: SessionOptions): Promise<Address>;
  /** Makes a session on this thread. @param out where its address is written. @throws EngineError as {@link load} */
  loadHere(model: Uint8Array, options: SessionOptions, out: Address): void;
  /** Releases a session. No run may use it. */
  unload(session: Address): void;
  /** Makes the switch by which one thread's runs can be stopped. */
  makeRunOptions(): Address;
  releaseRunOptions(options: Address): void;
  /** A run under these options ends as soon as it can, and so does each later one. */
  terminate(options: Address): void;
  /** Undoes {@link terminate} for later runs. */
  revive(options: Address): void;
}

export interface SessionOptions {
  threads: number;
}

/** Type and size of a value in native memory. */
export interface ValueFacts {
  /** The library's own number of the type. */
  elementType: number;
  dimensions: readonly number[];
  /** Length of strings as byte-elements.ts packs them. */
  byteLength: number;
}

/** Values in native memory. */
export interface NativeValues {
  facts(value: Address): ValueFacts;
  /** A copy of the elements. */
  read(value: Address, facts: ValueFacts): Uint8Array<ArrayBuffer>;
  /** Address of the elements, valid until the value is released; not for strings. */
  dataOf(value: Address): Address;
  release(value: Address): void;
}

/** An input of a run, in the graph's element type. */
export interface RunInput {
  name: string;
  dimensions: readonly number[];
  /** Read in place: they must not change or move before the run has ended. */
  bytes: Uint8Array | NativeBytes;
}

export interface NativeBytes {
  address: Address;
  byteLength: number;
}

export interface NativeRun {
  session: Address;
  runOptions: Address;
  facts: GraphFacts;
  inputs: readonly RunInput[];
  outputs: readonly string[];
  /** First of the cells in which the values of the inputs and then of the outputs are left, as soon as they exist. */
  cells: Address;
}
