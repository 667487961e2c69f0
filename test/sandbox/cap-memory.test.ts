import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { describe, expect, it } from 'vitest';
import { capMemory } from '../../src/sandbox/component/cap-memory.ts';

const PAGE = 65_536;
const caps = { memoryBytes: 10 * PAGE, tableElements: 100 };

describe('The caps of memories and tables', () => {
  it('let a memory grow to the limit and no further', async () => {
    const memory = await memoryOf('(memory (export "memory") 1)');
    expect(memory.grow(9)).toBe(1);
    expect(() => memory.grow(1)).toThrow(/grow/);
  });

  it('hold for several memories together', async () => {
    const exports = await exportsOf(
      '(memory (export "a") 1) (memory (export "b") 1) (memory (export "c") 2)',
    );
    const memories = Object.values(exports);
    for (const memory of memories) growAll((by) => memory.grow(by));
    const total = memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    expect(total).toBeLessThanOrEqual(caps.memoryBytes);
    expect(total).toBeGreaterThan(caps.memoryBytes - 3 * PAGE);
  });

  it('hold for several tables together', async () => {
    const exports = await exportsOf('(table (export "a") 1 funcref) (table (export "b") 5 9 externref)');
    const tables = Object.values(exports);
    for (const table of tables) growAll((by) => table.grow(by));
    expect(tables.map(({ length }) => length)).toEqual([48, 9]);
  });

  it('count every instance of a module', async () => {
    const module = await parse('(module (memory 3))');
    expect(() => capMemory([module], caps, [3])).not.toThrow();
    expect(() => capMemory([module], caps, [4])).toThrow(
      `its memories start with ${12 * PAGE} bytes, over the limit memoryBytes of ${10 * PAGE}`,
    );
  });

  it('keep a lower maximum that the module states itself', async () => {
    const memory = await memoryOf('(memory (export "memory") 1 2)');
    expect(memory.grow(1)).toBe(1);
    expect(() => memory.grow(1)).toThrow(/grow/);
  });

  it('leave the code where it was, behind a memory and a table that state a maximum', async () => {
    const module = await parse('(module (memory 1 65536) (table 1 50000 funcref) (func (unreachable)))');
    const [capped] = capMemory([module], caps);
    expect(capped).toHaveLength(module.length);
  });

  it.each([
    ['(memory 6) (memory 5)', /memories start with 720896 bytes, over the limit memoryBytes of 655360/],
    ['(table 101 funcref)', /tables start with 101 elements, over the limit tableElements of 100/],
  ])('refuse a start over the limit, by its name: %s', async (fields, message) => {
    const module = await parse(`(module ${fields})`);
    expect(() => capMemory([module], caps)).toThrow(message);
  });

  it.each([
    '(memory i64 1)',
    '(memory 1 2 shared)',
    '(table i64 1 funcref)',
    '(type $f (func)) (func $a) (elem declare func $a) (table 1 (ref $f) (ref.func $a))',
  ])('refuse what they cannot bound: %s', async (fields) => {
    const module = await parse(`(module ${fields})`);
    expect(() => capMemory([module], caps)).toThrow(/declares|initial values/);
  });

  it('refuse a binary that ends anywhere before its end, or make one of the same meaning', async () => {
    const module = await parse('(module (memory 1) (table 1 funcref) (func (export "f")))');
    for (let length = 8; length < module.length; length++) {
      const cut = new Uint8Array(module.subarray(0, length));
      const capped = attempt(() => capMemory([cut], caps)[0]);
      if (capped instanceof Uint8Array) expect(WebAssembly.validate(capped)).toBe(WebAssembly.validate(cut));
      else expect(capped).toBeInstanceOf(Error);
    }
  });

  it('leave everything else of a module as it is', async () => {
    const module = await parse(
      '(module (import "a" "b" (func)) (func (export "f") (call 0)) (@custom "x" "y"))',
    );
    expect(capMemory([module], caps)[0]).toEqual(module);
  });
});

/** The part that a memory and a table share. */
interface Growing {
  grow(by: number): number;
  readonly buffer: ArrayBuffer;
  readonly length: number;
}

async function exportsOf(fields: string): Promise<Record<string, Growing>> {
  const [capped] = capMemory([await parse(`(module ${fields})`)], caps);
  if (capped === undefined) throw new Error('one module in gives one module out');
  return new WebAssembly.Instance(await WebAssembly.compile(capped)).exports as Record<string, Growing>;
}

async function memoryOf(fields: string): Promise<Growing> {
  const { memory } = await exportsOf(fields);
  if (memory === undefined) throw new Error('it exports no memory');
  return memory;
}

function growAll(grow: (by: number) => unknown): void {
  for (let more = true; more;) more = !(attempt(() => grow(1)) instanceof Error);
}

function attempt<Value>(work: () => Value): Value | Error {
  try {
    return work();
  } catch (error) {
    return error as Error;
  }
}
