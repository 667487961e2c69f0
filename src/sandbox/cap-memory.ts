/**
 * Caps the memories and tables of a core module by rewriting its binary.
 *
 * V8 bounds neither per instance, and a Worker's resource limits do not cover WebAssembly. So each memory
 * gets a maximum before the module is compiled: `memory.grow` beyond it fails inside the guest, as on a
 * machine that is out of memory. What a module declares to need from the start must fit, or it is refused.
 */

const PAGE_BYTES = 65_536;
const SECTION = { type: 1, table: 4, memory: 5 } as const;
const FUNCTION_TYPE = 0x60;
const PREAMBLE_BYTES = 8;

export interface MemoryCaps {
  /** Of all memories of the component together. */
  memoryBytes: number;
  /** Of all tables of the component together. */
  tableElements: number;
}

interface Limits {
  flags: number;
  min: number;
  max: number | undefined;
}

interface Declared {
  /** Reference type of a table, as bytes of the binary; empty for a memory. */
  type: Uint8Array;
  limits: Limits;
}

/** Over a cap from the start. */
export class OverCap extends Error {}

/**
 * @param modules the core modules of one component; they share the caps
 * @param instances how often the component instantiates each: every instance has its own memories
 * @throws OverCap, naming the limit and the amount; Error when a binary cannot be read
 */
export function capMemory(
  modules: readonly Uint8Array[],
  caps: MemoryCaps,
  instances: readonly number[] = modules.map(() => 1),
): Uint8Array<ArrayBuffer>[] {
  for (const module of modules) assertNoHeapTypes(module);
  const declared = (id: number) =>
    modules.flatMap((module, index) => Array.from({ length: instances[index] ?? 1 }, () => declaredIn(module, id)).flat());
  const memories = declared(SECTION.memory);
  const tables = declared(SECTION.table);
  const maxPages = growth(memories, Math.floor(caps.memoryBytes / PAGE_BYTES), (pages) => {
    throw new OverCap(
      `its memories start with ${pages * PAGE_BYTES} bytes, over the limit memoryBytes of ${caps.memoryBytes}`,
    );
  });
  const maxElements = growth(tables, caps.tableElements, (elements) => {
    throw new OverCap(
      `its tables start with ${elements} elements, over the limit tableElements of ${caps.tableElements}`,
    );
  });
  return modules.map((module) =>
    rewrite(module, (id) =>
      id === SECTION.memory ? maxPages : id === SECTION.table ? maxElements : undefined,
    ),
  );
}

/**
 * Structs and arrays of WebAssembly GC live in the thread's own heap, and nothing stops a guest in time that
 * fills it: V8 let one allocate 4 GB where a Worker's resource limit said 256 MB.
 */
function assertNoHeapTypes(module: Uint8Array): void {
  for (const { id, body } of sectionsOf(module)) {
    if (id !== SECTION.type) continue;
    const reader = new Reader(body);
    for (let left = reader.leb(); left > 0; left--) {
      if (reader.byte() !== FUNCTION_TYPE) {
        throw new Error('it declares other types than functions, such as garbage-collected arrays');
      }
      for (let values = reader.leb(); values > 0; values--) reader.valueType();
      for (let values = reader.leb(); values > 0; values--) reader.valueType();
    }
  }
}

/** How much each may have: its start, and an equal share of what is left. */
function growth(
  declared: readonly Declared[],
  cap: number,
  refuse: (total: number) => never,
): (min: number) => number {
  const total = declared.reduce((sum, { limits }) => sum + limits.min, 0);
  if (total > cap) refuse(total);
  const share = Math.floor((cap - total) / Math.max(1, declared.length));
  return (min) => min + share;
}

function declaredIn(module: Uint8Array, id: number): Declared[] {
  return sectionsOf(module).flatMap((section) => (section.id === id ? readDeclared(section.body, id) : []));
}

function rewrite(
  module: Uint8Array,
  capOf: (id: number) => ((min: number) => number) | undefined,
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [module.subarray(0, PREAMBLE_BYTES)];
  for (const { id, whole, body } of sectionsOf(module)) {
    const cap = capOf(id);
    if (cap === undefined) {
      parts.push(whole);
      continue;
    }
    const capped = readDeclared(body, id).map(({ type, limits }) => {
      const max = Math.min(limits.max ?? Infinity, cap(limits.min));
      return [...type, limits.flags | 1, ...leb(limits.min), ...leb(max)];
    });
    const content = [...leb(capped.length), ...capped.flat()];
    parts.push(Uint8Array.from([id, ...leb(content.length), ...content]));
  }
  return new Uint8Array(Buffer.concat(parts));
}

function readDeclared(body: Uint8Array, id: number): Declared[] {
  const reader = new Reader(body);
  const declared = Array.from({ length: reader.leb() }, () => {
    const type = id === SECTION.table ? reader.valueType() : new Uint8Array();
    const flags = reader.byte();
    if (flags > 1) throw new Error('it declares a shared, 64-bit or custom-page memory or table');
    const min = reader.leb();
    return { type, limits: { flags, min, max: (flags & 1) === 1 ? reader.leb() : undefined } };
  });
  if (!reader.done) throw new Error('its memories or tables have initial values of an unknown form');
  return declared;
}

function sectionsOf(module: Uint8Array): { id: number; whole: Uint8Array; body: Uint8Array }[] {
  const sections = [];
  const reader = new Reader(module, PREAMBLE_BYTES);
  while (!reader.done) {
    const start = reader.offset;
    const id = reader.byte();
    const body = reader.bytes(reader.leb());
    sections.push({ id, body, whole: module.subarray(start, reader.offset) });
  }
  return sections;
}

class Reader {
  readonly #bytes: Uint8Array;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  get done(): boolean {
    return this.offset >= this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.offset++];
    if (value === undefined) throw new Error('it ends in the middle of a section');
    return value;
  }

  /** Unsigned LEB128 of up to 32 bits. */
  leb(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error('a number in it is too long');
  }

  bytes(length: number): Uint8Array {
    if (this.offset + length > this.#bytes.length) throw new Error('a section of it reaches past its end');
    return this.#bytes.subarray(this.offset, (this.offset += length));
  }

  /** A type of one byte, or `(ref null? ht)`. */
  valueType(): Uint8Array {
    const start = this.offset;
    const first = this.byte();
    if (first === 0x63 || first === 0x64) while (this.byte() >= 0x80);
    return this.#bytes.subarray(start, this.offset);
  }
}

function leb(value: number): number[] {
  const bytes = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}
