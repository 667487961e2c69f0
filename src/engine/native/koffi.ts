/**
 * koffi, which calls functions of native libraries: its native parts alone, one package for each platform.
 *
 * On Linux it is of version 3.0. Those from 3.1 to 3.3.4 keep what they know of a thread that has ended: 50 KB, and three
 * mappings of memory, of which a process has 65,530.
 */
import { createRequire } from 'node:module';
import { invalidConfig } from '../../errors.ts';

/**
 * Each call is made on a stack of its own: as large as a thread's is elsewhere, since what has too little would write
 * over other memory. It is only address space until it is used.
 */
const STACK_BYTES = 8 * 2 ** 20;

/** An address in the memory of the process; 0n is null. */
export type Address = bigint;

export type Argument = Address | ArrayBufferView | number | string | null;

export interface NativeFunction {
  /** Blocks this thread; null stands for the address 0. */
  (...args: Argument[]): Address | null;
  /** Runs on a thread of libuv's pool. */
  async(...args: [...Argument[], (error: Error | null, result: Address | null) => void]): void;
}

/** The signature of a function. */
declare const prototype: unique symbol;
export interface Prototype {
  readonly [prototype]: true;
}

export interface LibraryHandle {
  /** @param declaration such as `int abs(int)` */
  func(declaration: string): unknown;
}

export interface Koffi {
  config(sizes: { sync_stack_size: number; async_stack_size: number }): void;
  /** @param path null for the libraries that the process has loaded already */
  load(path: string | null): LibraryHandle;
  proto(declaration: string): Prototype;
  address(view: ArrayBufferView): Address;
  decode(pointer: Address, offset: number, type: 'void*'): unknown;
  decode(pointer: Address, type: 'void*' | Prototype): unknown;
  /** @returns that many of them */
  decode(pointer: Address, type: 'void*', count: number): unknown;
}

let loaded: Koffi | undefined;

/** Once per thread. @throws SandpiperError `invalid-config` if there is none for this platform */
export function loadKoffi(): Koffi {
  if (loaded !== undefined) return loaded;
  loaded = requireKoffi();
  try {
    loaded.config({ sync_stack_size: STACK_BYTES, async_stack_size: STACK_BYTES });
  } catch {
    // Somebody else in this thread has opened a library with koffi, whose sizes hold then.
  }
  return loaded;
}

function requireKoffi(): Koffi {
  const name = `@koromix/koffi-${process.platform}-${process.arch}`;
  try {
    return createRequire(import.meta.url)(name) as Koffi;
  } catch (cause) {
    const remedy = 'install the packages again on this machine, the optional ones as well';
    throw invalidConfig(`Native libraries cannot be called: the package ${name} is missing; ${remedy}.`, {
      cause,
    });
  }
}

/** Address of a view's elements. The caller keeps the view alive for as long as the address is used. */
export function addressOf(view: ArrayBufferView): Address {
  return loadKoffi().address(view);
}
