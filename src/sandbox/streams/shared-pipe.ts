/**
 * A pipe in shared memory, from one thread to one other, for the bytes of a command's standard streams.
 *
 * Design: a ring with two counters, each written by one side alone, and a pulse that is incremented with every change.
 * Neither side waits in here: to wait, a side reads the pulse, checks the condition, and sleeps until the pulse differs.
 * Guarantees: bytes arrive once and in order; bytes written before the writer closed can still be read. Ownership: the
 * writer owns the free part of the ring until it advances its counter.
 */

const CELL = { pulse: 0, written: 1, read: 2, closed: 3, wanted: 4 } as const;
const HEADER_BYTES = 32;
const CAPACITY = 65_536;

export class SharedPipe {
  readonly #cells: Int32Array;
  readonly #ring: Uint8Array;

  constructor(shared: SharedArrayBuffer) {
    this.#cells = new Int32Array(shared, 0, HEADER_BYTES / 4);
    this.#ring = new Uint8Array(shared, HEADER_BYTES);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(HEADER_BYTES + CAPACITY);
  }

  get readable(): number {
    return (Atomics.load(this.#cells, CELL.written) - Atomics.load(this.#cells, CELL.read)) | 0;
  }

  get writable(): number {
    return CAPACITY - this.readable;
  }

  get closed(): boolean {
    return Atomics.load(this.#cells, CELL.closed) === 1;
  }

  get wanted(): boolean {
    return Atomics.load(this.#cells, CELL.wanted) === 1;
  }

  get pulse(): number {
    return Atomics.load(this.#cells, CELL.pulse);
  }

  /** Writes as many bytes as there is room for. @returns their number */
  write(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, this.writable);
    if (taken.byteLength === 0) return 0;
    const at = Atomics.load(this.#cells, CELL.written) & (CAPACITY - 1);
    const first = taken.subarray(0, CAPACITY - at);
    this.#ring.set(first, at);
    this.#ring.set(taken.subarray(first.byteLength), 0);
    Atomics.add(this.#cells, CELL.written, taken.byteLength);
    Atomics.store(this.#cells, CELL.wanted, 0);
    this.#beat();
    return taken.byteLength;
  }

  /** Reads at most `max` bytes; none if there are none now. */
  read(max = CAPACITY): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(Math.min(max, this.readable));
    if (bytes.byteLength === 0) return bytes;
    const at = Atomics.load(this.#cells, CELL.read) & (CAPACITY - 1);
    const first = Math.min(bytes.byteLength, CAPACITY - at);
    bytes.set(this.#ring.subarray(at, at + first));
    bytes.set(this.#ring.subarray(0, bytes.byteLength - first), first);
    Atomics.add(this.#cells, CELL.read, bytes.byteLength);
    this.#beat();
    return bytes;
  }

  want(): void {
    if (Atomics.exchange(this.#cells, CELL.wanted, 1) === 0) this.#beat();
  }

  close(): void {
    Atomics.store(this.#cells, CELL.closed, 1);
    this.#beat();
  }

  /** Resolves once the pulse differs from `pulse`; for a thread that must not block. */
  async changed(pulse: number): Promise<void> {
    const { value } = Atomics.waitAsync(this.#cells, CELL.pulse, pulse);
    await value;
  }

  #beat(): void {
    Atomics.add(this.#cells, CELL.pulse, 1);
    Atomics.notify(this.#cells, CELL.pulse);
  }
}

/** The standard streams of a command, as its guest thread and the main thread share them. */
export interface SharedStreams {
  stdin: SharedArrayBuffer;
  stdout: SharedArrayBuffer;
  stderr: SharedArrayBuffer;
}

export function allocateStreams(): SharedStreams {
  return { stdin: SharedPipe.allocate(), stdout: SharedPipe.allocate(), stderr: SharedPipe.allocate() };
}
