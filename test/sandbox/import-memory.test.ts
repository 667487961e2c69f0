import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { describe, expect, it } from 'vitest';
import { importMemory } from '../../src/sandbox/component/import-memory.ts';
import { MEMORY_IMPORT, type ImportedMemory } from '../../src/sandbox/guest-protocol.ts';

describe('A core module takes its memory from the host', () => {
  it.each([
    ['without imports', ''],
    ['with imports', '(import "a" "f" (func $f))'],
    ['with an imported memory beside it', '(import "a" "m" (memory 1))'],
  ])('%s: its data are written and its functions find them', async (_, imports) => {
    const index = imports.includes('memory') ? 1 : 0;
    const module = await moduleOf(`${imports}
        (memory $own (export "memory") 2 9)
        (data (memory $own) (i32.const 8) "\\2a")
        (func (export "find") (result i32) (i32.load8_u ${index === 0 ? '' : '$own'} (i32.const 8)))
        (func (export "grow") (result i32) (memory.grow $own (i32.const 1)))`);
    const { bytes, memory } = importMemory(module);
    expect(memory).toEqual({ initial: 2, maximum: 9 });
    const sectionOfImports = imports === '' ? 3 : 0;
    expect(bytes).toHaveLength(module.length + sectionOfImports);
    const given = new WebAssembly.Memory(memory as ImportedMemory);
    const { exports } = new WebAssembly.Instance(await WebAssembly.compile(bytes), {
      a: { f: () => 1, m: new WebAssembly.Memory({ initial: 1, maximum: 1 }) },
      [MEMORY_IMPORT.module]: { [MEMORY_IMPORT.name]: given },
    });
    expect(exports['memory']).toBe(given);
    expect((exports['find'] as () => number)()).toBe(42);
    expect((exports['grow'] as () => number)()).toBe(2);
    expect(given.buffer.byteLength).toBe(3 * 65_536);
  });

  it.each([
    ['none', ''],
    ['two', '(memory 1 2) (memory 1 2)'],
    ['only an imported one', '(import "a" "m" (memory 1 2))'],
    ['a large one', '(memory 33 100)'],
  ])('unless it defines %s', async (_, fields) => {
    const module = await moduleOf(fields);
    expect(importMemory(module)).toEqual({ bytes: module });
  });
});

async function moduleOf(fields: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await parse(`(module ${fields})`));
}
