/**
 * Core modules whose one function is of an extreme structure: much nesting, many locals, branches, targets, values on
 * the stack, or products of these. Each is valid WebAssembly.
 */
import { leb } from '../../src/sandbox/code/wasm-binary.ts';
import type { Random } from './random.ts';

type Bytes = Uint8Array<ArrayBuffer>;
/** Lists within lists, of which the leaves are bytes; long ones are made while they are written. */
type Code = Iterable<number | Code>;

const I32 = 0x7f;
const OP = {
  block: [0x02, 0x40],
  loop: [0x03, 0x40],
  if: [0x04, 0x40],
  else: 0x05,
  end: 0x0b,
  brIf: 0x0d,
  brTable: 0x0e,
  call: 0x10,
  drop: 0x1a,
  select: 0x1b,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  load: [0x28, 2, 0],
  store: [0x36, 2, 0],
  add: 0x6a,
  xor: 0x73,
  rotl: 0x77,
} as const;
const ZERO = [0x41, 0];

/** How much of each: what a structure is made of. */
export interface Amounts {
  /** Blocks, loops, branches or whatever the structure repeats. */
  count: number;
  locals: number;
  /** Targets, values or assignments of each repetition. */
  width: number;
}

/** Bodies by what is extreme about them; each leaves nothing on the stack. */
export const STRUCTURES = {
  'nested loops': ({ count }) => nested(count, OP.loop),
  'nested blocks, a branch in each': ({ count }) =>
    nested(count, OP.block, (depth) => [ZERO, OP.brIf, leb(depth % 7 === 0 ? depth : 0)]),
  'nested ifs': ({ count, locals }) => nested(count, [[OP.get, leb(count % locals)], OP.if]),
  'nested loops that assign': ({ count, locals }) =>
    nested(count, OP.loop, (depth) => [
      [OP.get, leb(depth % locals), OP.get, leb((depth * 7) % locals), OP.add],
      [OP.set, leb((depth * 3) % locals), OP.get, leb(depth % locals), OP.brIf, leb(depth % (depth + 1))],
    ]),
  'loops one after the other': ({ count, locals }) =>
    repeat(count, (at) => [OP.loop, OP.get, leb(at % locals), OP.brIf, 0, OP.end]),
  'branches out of one block': ({ count, locals }) => [
    OP.block,
    repeat(count, (at) => [OP.get, leb(at % locals), OP.brIf, 0]),
    OP.end,
  ],
  'ifs that assign': ({ count, locals, width }) =>
    repeat(count, (at) => [
      [OP.get, leb(at % locals), OP.if],
      repeat(width, (each) => [OP.get, leb((at + each) % locals), OP.set, leb((at * 5 + each) % locals)]),
      [OP.else, OP.get, leb((at * 3) % locals), OP.set, leb(at % locals), OP.end],
    ]),
  'tables of branches': ({ count, width, locals }) =>
    nested(count, OP.block, (depth) => [
      [OP.block, OP.get, leb(depth % locals), OP.brTable, leb(width)],
      [repeat(width, (at) => leb(at % Math.min(depth + 1, 60))), 0, OP.end],
    ]),
  'values on the stack': ({ count, width, locals }) => [
    repeat(width, (at) => [OP.get, leb(at % locals)]),
    repeat(count, (at) => [OP.block, OP.get, leb(at % locals), OP.brIf, 0, OP.end]),
    repeat(width, () => [OP.drop]),
  ],
  'values that live long': ({ count, locals }) => [
    repeat(count, (at) => [
      [OP.get, leb(at % locals), OP.get, leb((at * 31 + 7) % locals), at % 3 === 0 ? OP.rotl : OP.add],
      [OP.set, leb((at * 17 + 3) % locals)],
    ]),
    repeat(locals, (at) => [ZERO, OP.get, leb(at), OP.store]),
  ],
  'loops that assign, one in the other, around calls': ({ count, locals, width }) =>
    nested(count, OP.loop, (depth) => [
      repeat(width, (at) => [
        [OP.get, leb((depth + at) % locals), OP.call, 0, OP.set, leb((depth * 5 + at) % locals)],
      ]),
      [OP.get, leb(depth % locals), OP.brIf, 0],
    ]),
  'one deep expression': ({ count, locals }) => [
    ZERO,
    repeat(count, (at) => [OP.get, leb(at % locals)]),
    repeat(count, (at) => [at % 2 === 0 ? OP.xor : OP.add]),
    OP.drop,
  ],
  'calls of a function with parameters': ({ count, width, locals }) =>
    repeat(count, (at) => [
      repeat(width, (each) => [OP.get, leb((at + each) % locals)]),
      [OP.call, 0, OP.set, leb(at % locals)],
    ]),
  'loads and stores': ({ count, locals }) =>
    repeat(count, (at) => [[OP.get, leb(at % locals), OP.get, leb((at + 1) % locals), OP.load, OP.store]]),
  selects: ({ count, locals }) =>
    repeat(count, (at) => [
      [OP.get, leb(at % locals), OP.get, leb((at * 3) % locals), OP.get, leb((at * 5) % locals)],
      [OP.select, OP.set, leb((at * 7) % locals)],
    ]),
} as const satisfies Record<string, (amounts: Amounts) => Code>;

export type Structure = keyof typeof STRUCTURES;

/** @returns a module of `functions` functions of one structure, each exported as `f0`, `f1` and on, and a memory */
export function extremeModule(structure: Structure, amounts: Amounts, functions = 1): Bytes {
  const { locals, width } = amounts;
  // Function 0 takes `width` numbers and gives one; the others take one, the first local.
  const taking = structure === 'calls of a function with parameters' ? Math.min(width, 1_000) : 1;
  const body = flat([
    STRUCTURES[structure]({ ...amounts, width: taking > 1 ? taking : width }),
    // Code whose result is unused would not be compiled.
    repeat(Math.min(locals, 256), (at) => [ZERO, OP.get, leb(at), OP.store]),
    OP.end,
  ]);
  const declared = locals > 1 ? [1, leb(locals - 1), I32] : [0];
  const whole = flat([declared, body]);
  return flat([
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, [2, 0x60, leb(taking), repeat(taking, () => [I32]), 1, I32, 0x60, 1, I32, 0]),
    section(3, [leb(functions + 1), 0, repeat(functions, () => [1])]),
    section(5, [1, 0, 1]),
    section(7, [leb(functions), repeat(functions, (at) => [text(`f${at}`), 0, leb(at + 1)])]),
    section(10, [
      leb(functions + 1),
      4,
      0,
      ZERO,
      OP.end,
      repeat(functions, () => [leb(whole.length), whole]),
    ]),
  ]);
}

/** Any structure, of amounts from nothing to far beyond every bound. */
export function randomModule(random: Random): { bytes: Bytes; what: string } {
  const structure = random.pick(Object.keys(STRUCTURES) as Structure[]);
  const amounts = {
    count: upTo(18, random),
    locals: 1 + upTo(16, random),
    width: 1 + upTo(10, random),
  };
  // A table of targets in each of many blocks is longer than any file may be.
  if (amounts.count * amounts.width > 2 ** 20) amounts.width = 1 + Math.floor(2 ** 20 / amounts.count);
  amounts.locals = Math.min(amounts.locals, 49_000);
  return {
    bytes: extremeModule(structure, amounts, 1 + random.below(3)),
    what: `${structure} ${JSON.stringify(amounts)}`,
  };
}

/** As likely of one order of magnitude as of another. */
function upTo(bits: number, random: Random): number {
  return random.below(2 ** random.below(bits + 1)) + random.below(8);
}

function nested(count: number, open: Code, inside: (depth: number) => Code = () => []): Code {
  return [repeat(count, (depth) => [open, inside(depth)]), new Uint8Array(count).fill(OP.end)];
}

function* repeat(count: number, make: (at: number) => Code): Code {
  for (let at = 0; at < count; at++) yield make(at);
}

function section(id: number, content: Code): Code {
  const bytes = flat(content);
  return [id, leb(bytes.length), bytes];
}

function text(name: string): Code {
  return [leb(name.length), Buffer.from(name)];
}

function flat(code: Code): Bytes {
  let bytes = new Uint8Array(1_024);
  let length = 0;
  const room = (more: number): void => {
    if (length + more <= bytes.length) return;
    const larger = new Uint8Array(2 * (length + more));
    larger.set(bytes);
    bytes = larger;
  };
  const add = (each: number | Code): void => {
    if (typeof each === 'number') {
      room(1);
      bytes[length++] = each;
    } else if (each instanceof Uint8Array) {
      room(each.length);
      bytes.set(each, length);
      length += each.length;
    } else for (const inner of each) add(inner);
  };
  add(code);
  return bytes.slice(0, length);
}
