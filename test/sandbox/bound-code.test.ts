import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { CODE_LIMITS, type CodeLimit } from '../../src/config/limits.ts';
import { boundCode } from '../../src/sandbox/code/bound-code.ts';
import { measureFunction } from '../../src/sandbox/code/measure-function.ts';
import { extremeModule, type Amounts, type Structure } from '../fuzz/extreme-functions.ts';

/** Programs with all of their languages' standard libraries, which are as large as code comes. */
const LARGE = [
  '@bytecodealliance/jco-transpile/vendor/js-component-bindgen-component.core.wasm',
  '@bytecodealliance/jco-transpile/vendor/wasm-tools.core.wasm',
];

const FEW = { count: 10, locals: 10, width: 4 };

describe('Code that a compiler would take long or much memory for', () => {
  it.each<[CodeLimit, Structure, Partial<Amounts>]>([
    ['functionBytes', 'selects', { count: 130_000 }],
    ['functionLocals', 'selects', { locals: 10_001 }],
    ['functionNesting', 'nested blocks, a branch in each', { count: 5_001 }],
    ['functionValues', 'one deep expression', { count: 10_001 }],
    ['functionMerges', 'branches out of one block', { count: 5_000, locals: 9_000 }],
    ['functionMerges', 'tables of branches', { count: 100, locals: 1_000, width: 60 }],
    ['functionMerges', 'values on the stack', { count: 5_000, width: 1_000 }],
    ['functionLoopBytes', 'nested loops', { count: 4_000 }],
    ['functionLoopBytes', 'nested loops that assign', { count: 2_000, locals: 20 }],
    ['typeValues', 'calls of a function with parameters', { width: 300 }],
  ])('is refused by %s: %s', (limit, structure, amounts) => {
    const module = extremeModule(structure, { ...FEW, ...amounts });
    expect(WebAssembly.validate(module)).toBe(true);
    expect(() => boundCode([module], [1])).toThrow(`over the limit ${limit} of ${CODE_LIMITS[limit]}`);
  });

  it.each<[CodeLimit, Structure, Amounts, number]>([
    ['merges', 'branches out of one block', { count: 400, locals: 9_000, width: 1 }, 40],
    ['loopBytes', 'nested loops', { count: 2_000, locals: 1, width: 1 }, 40],
  ])(
    'is refused by %s where many functions have a part of it each',
    (limit, structure, amounts, functions) => {
      const module = extremeModule(structure, amounts, functions);
      expect(() => boundCode([module], [1])).toThrow(`over the limit ${limit} of ${CODE_LIMITS[limit]}`);
      expect(() => boundCode([extremeModule(structure, amounts, 1)], [1])).not.toThrow();
    },
  );

  it.each<[CodeLimit, string, number]>([
    ['globals', '(global i32 (i32.const 0))', 50_001],
    ['globals', '(global (mut i32) (i32.const 0))', 26_000],
    ['imports', '(import "a" "b" (func))', 50_001],
    ['imports', '(import "a" "b" (global i32))', 50_001],
    ['exports', '(export "EACH" (memory 0))', 50_001],
    ['functions', '(func)', 150_001],
    ['dataSegments', '(data "")', 100_001],
    ['elementSegments', '(elem func)', 20_001],
    ['tags', '(tag)', 1_001],
    ['types', '(type (func))', 10_001],
  ])('is refused by %s: %s', async (limit, field, times) => {
    const fields = Array.from({ length: times }, (_, at) => field.replace('EACH', String(at))).join('\n');
    const module = await parse(`(module ${field.includes('import') ? '' : '(memory 1)'} ${fields})`);
    // Parts of each instance count once for each.
    const instances = times <= CODE_LIMITS[limit] ? 2 : 1;
    expect(() => boundCode([module], [instances])).toThrow(
      `over the limit ${limit} of ${CODE_LIMITS[limit]}`,
    );
  });

  it.each<[CodeLimit, string]>([
    [
      'globalBytes',
      `(global i32 ${'(i32.add '.repeat(360_000)}(i32.const 0)${' (i32.const 0))'.repeat(360_000)})`,
    ],
    ['elementBytes', `(func) (elem func ${'0 '.repeat(4_200_000)})`],
  ])('is refused by %s, before anything is initialised', async (limit, field) => {
    const module = await parse(`(module ${field})`);
    expect(() => boundCode([module], [1])).toThrow(`over the limit ${limit} of ${CODE_LIMITS[limit]}`);
  });

  it('is refused where its module is instantiated again and again', async () => {
    const module = await parse('(module)');
    expect(() => boundCode([module], [1_001])).toThrow('over the limit instances of 1000');
  });

  it.each(['(type (array i8))', '(type (struct))', '(rec (type (func)) (type (func)))'])(
    'is refused where it has types whose values nothing bounds: %s',
    async (field) => {
      const module = await parse(`(module ${field})`);
      expect(() => boundCode([module], [1])).toThrow('it declares other types than functions');
    },
  );

  it('is refused where it has instructions that cannot be read', async () => {
    const module = await parse('(module (func (drop (ref.i31 (i32.const 1)))))');
    expect(() => boundCode([module], [1])).toThrow('an instruction that is not known here (0xfb)');
  });
});

describe('Code as compilers make it', () => {
  it.each(LARGE)('stays far under every limit, and most of it needs no trial: %s', async (file) => {
    const module = await readFile(new URL(`../../node_modules/${file}`, import.meta.url));
    const [{ facts, toTry } = { facts: undefined, toTry: new Set() }] = boundCode([module], [1]);
    expect(facts?.defined.length).toBeGreaterThan(5_000);
    expect(toTry.size).toBeLessThan(200);
  });

  it('is read to its last instruction, whichever there is', async () => {
    const module = await parse(EVERYTHING);
    const [read] = boundCode([module], [1]);
    // Little code is tried wholly.
    expect(read?.toTry.size).toBe(read?.facts.defined.length);
  });

  it('is measured by what multiplies: blocks within loops, branches by what lives at them', async () => {
    const module = await parse(`(module (func (param i32) (local i64 i64)
      (loop (loop nop nop nop))
      (i32.const 1) (block (br_if 0 (local.get 0))) drop))`);
    const { facts } = boundCode([module], [1])[0] ?? {};
    const [{ body, type } = { body: new Uint8Array(), type: 0 }] = facts?.defined ?? [];
    expect(facts && measureFunction(body, type, facts)).toEqual({
      bytes: body.length,
      locals: 3,
      nesting: 2,
      values: 2,
      // Two loops with 3 locals; the block and the branch, which have a value on the stack too. One more for each.
      merges: 4 + 4 + 5 + 6,
      // 4 bytes of the inner loop; the same once more, with 3 of the outer one.
      loops: 4 + 7,
    });
  });
});

/** One instruction of each form that the binary has. */
const EVERYTHING = `(module
  (type $pair (func (param i32 i32) (result i32 i32)))
  (import "a" "f" (func $imported (param i32) (result i32)))
  (import "a" "g" (global $g (mut i32)))
  (import "a" "t" (table $t 1 funcref))
  (import "a" "e" (tag $imported-tag (param i32)))
  (memory $m 1) (memory $n 1) (tag $tag (param i32)) (data $d "x") (elem $e func $imported)
  (table $u 1 externref)
  (func $vector (result v128)
    (v128.store (i32.const 0) (v128.load8_splat (i32.const 0)))
    (v128.store64_lane 1 (i32.const 0) (v128.const i32x4 1 2 3 4))
    (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
      (v128.load64_lane 0 (i32.const 0) (i32x4.splat (i32.const 1)))
      (f32x4.relaxed_madd (f32x4.splat (f32.const 1)) (f32x4.splat (f32.const 2)) (f32x4.splat (f32.const 3)))))
  (func $bulk (param i32)
    (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)) (data.drop $d)
    (memory.copy $m $n (i32.const 0) (i32.const 0) (i32.const 1))
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 1))
    (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1)) (elem.drop $e)
    (table.copy $t $t (i32.const 0) (i32.const 0) (i32.const 0))
    (drop (table.grow $u (ref.null extern) (i32.const 1))) (drop (table.size $u))
    (table.fill $u (i32.const 0) (ref.null extern) (i32.const 0))
    (table.set $t (i32.const 0) (table.get $t (i32.const 0)))
    (drop (i32.trunc_sat_f64_s (f64.const 1)))
    (drop (i32.load8_u $n offset=7 (i32.const 0)))
    (drop (select (result i32) (i32.const 1) (i32.const 2) (local.get 0)))
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1))) (atomic.fence))
  (func $control (param i32) (result i32 i32)
    (local i64 f32)
    (local.set 1 (i64.const -9223372036854775808))
    (block $out (br_table $out 0 1 $out (local.get 0)))
    (try_table (catch $tag 0) (catch_all 0) (throw $tag (i32.const 1)))
    (if (result i32) (local.get 0) (then (call $imported (i32.const 1))) (else (unreachable)))
    (call_indirect $t (param i32) (result i32) (i32.const 0))
    (loop $again (param i32) (result i32) (br_if $again (local.get 0)))
    (i32.const 2)
    (block (type $pair) (br 0))
    (return_call $two))
  (func $two (param i32 i32) (result i32 i32) (local.get 0) (global.get $g)))`;
