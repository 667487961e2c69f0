/**
 * koffi, which calls functions of native libraries: its native parts alone, one package for each platform.
 *
 * On Linux it is of version 3.0. Those from 3.1 to 3.3.4 keep what they know of a thread that has ended: 50 KB, and three
 * mappings of memory, of which a process has 65,530.
 */
import { createRequire } from 'node:module';
import { invalidConfig } from '../../errors.ts';

/** An address in the memory of the process; 0n is null. */
export type Address = bigint;

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

/** @throws SandpiperError `invalid-config` if there is none for this platform */
export function loadKoffi(): Koffi {
  const name = `@koromix/koffi-${process.platform}-${process.arch}`;
  try {
    return createRequire(import.meta.url)(name) as Koffi;
  } catch (cause) {
    const remedy = 'install the packages again on this machine, the optional ones as well';
    throw invalidConfig(`ONNX Runtime cannot be called: the package ${name} is missing; ${remedy}.`, {
      cause,
    });
  }
}
