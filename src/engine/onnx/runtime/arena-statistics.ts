/** Bytes of the arena at this moment, by its own statistics. */
import type { Address } from './c-api.ts';
import type { OnnxRuntime } from './runtime.ts';

export interface ArenaBytes {
  /** Taken by runs, and by values that are kept. */
  used: number;
  /** The most that was ever used at one time. */
  peak: number;
  /** Taken from the system, used or not. */
  held: number;
}

/** Names that ONNX Runtime has for them. */
const NAMES = { used: 'InUse', peak: 'MaxInUse', held: 'TotalAllocated' } as const;

export class ArenaStatistics {
  readonly #runtime: OnnxRuntime;
  readonly #allocator: Address;

  /** @param session any: all share the arena, and one of them is needed to ask for it */
  constructor(runtime: OnnxRuntime, session: Address) {
    const { native, handle } = runtime;
    this.#runtime = runtime;
    this.#allocator = native.result((out) => native.call.CreateAllocator(session, handle.memory, out));
  }

  read(): ArenaBytes {
    const { native } = this.#runtime;
    const pairs = native.result((out) => native.call.AllocatorGetStats(this.#allocator, out));
    try {
      const bytes = (name: string) => Number(native.valueOf(pairs, name) ?? 0);
      return { used: bytes(NAMES.used), peak: bytes(NAMES.peak), held: bytes(NAMES.held) };
    } finally {
      native.call.ReleaseKeyValuePairs(pairs);
    }
  }

  /** Before the session that it was made with is released. */
  [Symbol.dispose](): void {
    this.#runtime.native.call.ReleaseAllocator(this.#allocator);
  }
}
