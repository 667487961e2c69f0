/**
 * Caps the memories and tables of a core module by rewriting its binary.
 *
 * V8 bounds neither per instance, and a Worker's resource limits do not cover WebAssembly. So each memory
 * gets a maximum before the module is compiled: `memory.grow` beyond it fails inside the guest, as on a
 * machine that is out of memory. What a module declares to need from the start must fit, or it is refused.
 * A maximum that is declared keeps its length in bytes, so that the code behind it stays where its source map says.
 */

import { BinaryReader, leb, PREAMBLE_BYTES, section, sectionsOf } from '../code/wasm-binary.ts';

const PAGE_BYTES = 65_536;
const SECTION = { table: 4, memory: 5 } as const;

export interface MemoryCaps {
  /** Bytes of all memories of the component together. */
  memoryBytes: number;
  /** Elements of all tables of the component together. */
  tableElements: number;
  /** Where `memoryBytes` can be raised, for messages; in a manifest by default. */
  by?: 'manifest' | 'command line';
}

/** Initial size and declared maximum of one memory (in bytes) or table (in elements). */
export interface DeclaredSize {
  min: number;
  max: number | undefined;
}

interface Declared extends DeclaredSize {
  /** Reference type of a table as bytes of the binary; empty for a memory. */
  type: Uint8Array;
  flags: number;
  /** Bytes that the maximum takes in the binary. */
  maxBytes: number;
}

/** The initial sizes exceed a cap. */
export class OverCap extends Error {}

/**
 * @param modules the core modules of one component, which share the caps
 * @param instances how often the component instantiates each: every instance has its own memories
 * @throws OverCap, naming the limit and the amount; Error if a binary cannot be read
 */
export function capMemory(
  modules: readonly Uint8Array[],
  caps: MemoryCaps,
  instances: readonly number[] = modules.map(() => 1),
): Uint8Array<ArrayBuffer>[] {
  const memories = declaredByAll(modules, instances, SECTION.memory);
  const tables = declaredByAll(modules, instances, SECTION.table);
  const maxPages = growth(memories, Math.floor(caps.memoryBytes / PAGE_BYTES), (pages) => {
    throw new OverCap(
      caps.by === 'command line'
        ? `its memories start with ${pages * PAGE_BYTES} bytes, and --memory allows ${caps.memoryBytes}; give a larger --memory`
        : `its memories start with ${pages * PAGE_BYTES} bytes, over the limit memoryBytes of ${caps.memoryBytes}; raise it in model.json`,
    );
  });
  const maxElements = growth(tables, caps.tableElements, (elements) => {
    throw new OverCap(
      `its tables start with ${elements} elements, over the limit tableElements of ${caps.tableElements}; raise it in model.json`,
    );
  });
  const mostOf = new Map<number, Growth>([
    [SECTION.memory, maxPages],
    [SECTION.table, maxElements],
  ]);
  return modules.map((module) => rewrite(module, mostOf));
}

/**
 * All memories and tables of one instance of a component.
 *
 * @param instances how often the component instantiates each core module
 * @throws Error if a binary cannot be read
 */
export function declaredSizes(
  modules: readonly Uint8Array[],
  instances: readonly number[],
): { memories: DeclaredSize[]; tables: DeclaredSize[] } {
  const sizes = (id: number, unit: number) =>
    declaredByAll(modules, instances, id).map(({ min, max }) => ({
      min: min * unit,
      max: max === undefined ? undefined : max * unit,
    }));
  return { memories: sizes(SECTION.memory, PAGE_BYTES), tables: sizes(SECTION.table, 1) };
}

function declaredByAll(modules: readonly Uint8Array[], instances: readonly number[], id: number): Declared[] {
  return modules.flatMap((module, index) =>
    Array.from({ length: instances[index] ?? 1 }, () => declaredIn(module, id)).flat(),
  );
}

/** Size that each may grow to: its initial size and an equal share of the rest. */
type Growth = (min: number) => number;

function growth(declared: readonly Declared[], cap: number, refuse: (total: number) => never): Growth {
  const total = declared.reduce((sum, { min }) => sum + min, 0);
  if (total > cap) refuse(total);
  const share = Math.floor((cap - total) / Math.max(1, declared.length));
  return (min) => min + share;
}

function declaredIn(module: Uint8Array, id: number): Declared[] {
  return sectionsOf(module).flatMap((one) => (one.id === id ? readDeclared(one.body, id) : []));
}

function rewrite(module: Uint8Array, mostOf: ReadonlyMap<number, Growth>): Uint8Array<ArrayBuffer> {
  const parts = sectionsOf(module).map(({ id, whole, body }) => {
    const most = mostOf.get(id);
    if (most === undefined) return whole;
    const capped = readDeclared(body, id).map(({ type, flags, min, max = Infinity, maxBytes }) => [
      ...type,
      flags | 1,
      ...leb(min),
      ...leb(Math.min(max, most(min)), maxBytes),
    ]);
    return section(id, [...leb(capped.length), ...capped.flat()]);
  });
  return new Uint8Array(Buffer.concat([module.subarray(0, PREAMBLE_BYTES), ...parts]));
}

function readDeclared(body: Uint8Array, id: number): Declared[] {
  const reader = new BinaryReader(body);
  const declared = Array.from({ length: reader.leb() }, () => {
    const type = id === SECTION.table ? reader.valueType() : new Uint8Array();
    const flags = reader.byte();
    if (flags > 1) throw new Error('it declares a shared, 64-bit or custom-page memory or table');
    const min = reader.leb();
    const start = reader.offset;
    const max = (flags & 1) === 1 ? reader.leb() : undefined;
    return { type, flags, min, max, maxBytes: reader.offset - start };
  });
  if (!reader.done) throw new Error('its memories or tables have initial values of an unknown form');
  return declared;
}
