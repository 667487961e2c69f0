/**
 * Immediates and stack effect of each WebAssembly instruction: enough to walk through a function without validating
 * it.
 *
 * Source: the WebAssembly core specification, release 3.0, and the opcodes of the earlier exception handling.
 */
import type { BinaryReader } from './wasm-binary.ts';

/** Reads past the immediates that follow an opcode. @throws Error beyond the end */
type Immediates = (reader: BinaryReader) => void;

/** Immediates, values popped, values pushed. */
type Shape = readonly [Immediates, number, number];

/** A shape, and the opcodes that have it: each alone, or from the first to the last of a range. */
type Row = readonly [shape: Shape, ...opcodes: readonly (number | readonly [number, number])[]];

const none: Immediates = () => undefined;
const leb: Immediates = (reader) => reader.skipLeb();
const twoLebs: Immediates = (reader) => {
  reader.skipLeb();
  reader.skipLeb();
};
/** Alignment, an index if a bit of it says so, and offset. */
const memory: Immediates = (reader) => {
  if ((reader.leb() & 0x40) !== 0) reader.skipLeb();
  reader.skipLeb();
};
const memoryLane: Immediates = (reader) => {
  memory(reader);
  reader.skip(1);
};
const byte: Immediates = (reader) => reader.skip(1);
const f32: Immediates = (reader) => reader.skip(4);
const f64: Immediates = (reader) => reader.skip(8);
const v128: Immediates = (reader) => reader.skip(16);
const valueTypes: Immediates = (reader) => {
  for (let left = reader.leb(); left > 0; left--) reader.valueType();
};

const UNARY: Shape = [none, 1, 1];
const BINARY: Shape = [none, 2, 1];
const TERNARY: Shape = [none, 3, 1];
const LOAD: Shape = [memory, 1, 1];
const STORE: Shape = [memory, 2, 0];

/** Without control flow, calls and branches, whose stack effect depends on types. */
// prettier-ignore
const PLAIN: readonly Row[] = [
  [[none, 0, 0], 0x01], // nop
  [[none, 1, 0], 0x1a], // drop
  [TERNARY, 0x1b], // select
  [[valueTypes, 3, 1], 0x1c], // select t
  // local.get, global.get, memory.size, i32.const, i64.const, ref.null, ref.func
  [[leb, 0, 1], 0x20, 0x23, 0x3f, [0x41, 0x42], 0xd0, 0xd2],
  [[leb, 1, 0], 0x21, 0x24], // local.set, global.set
  [[leb, 1, 1], 0x22, 0x25, 0x40], // local.tee, table.get, memory.grow
  [[leb, 2, 0], 0x26], // table.set
  [LOAD, [0x28, 0x35]],
  [STORE, [0x36, 0x3e]],
  [[f32, 0, 1], 0x43], // f32.const
  [[f64, 0, 1], 0x44], // f64.const
  // eqz; clz, ctz, popcnt of either width; abs to sqrt of either width; conversions; ref.is_null, ref.as_non_null
  [UNARY, 0x45, 0x50, [0x67, 0x69], [0x79, 0x7b], [0x8b, 0x91], [0x99, 0x9f], [0xa7, 0xc4], 0xd1, 0xd4],
  // Comparisons and arithmetic of each type; ref.eq.
  [BINARY, [0x46, 0x4f], [0x51, 0x66], [0x6a, 0x78], [0x7c, 0x8a], [0x92, 0x98], [0xa0, 0xa6], 0xd3],
];

/** Prefix 0xfc: saturating conversions, bulk memory and tables. */
// prettier-ignore
const BULK: readonly Row[] = [
  [UNARY, [0, 7]],
  [[twoLebs, 3, 0], 8, 10, 12, 14], // memory.init, memory.copy, table.init, table.copy
  [[leb, 0, 0], 9, 13], // data.drop, elem.drop
  [[leb, 3, 0], 11, 17], // memory.fill, table.fill
  [[leb, 2, 1], 15], // table.grow
  [[leb, 0, 1], 16], // table.size
  [[none, 4, 2], [19, 20]], // i64.add128, i64.sub128
  [[none, 2, 2], [21, 22]], // i64.mul_wide
];

/** Prefix 0xfd: vectors. */
// prettier-ignore
const VECTOR: readonly Row[] = [
  [LOAD, [0, 10], [92, 93]],
  [STORE, 11],
  [[v128, 0, 1], 12], // v128.const
  [[v128, 2, 1], 13], // i8x16.shuffle
  [[byte, 1, 1], [21, 22], [24, 25], 27, 29, 31, 33], // extract lanes
  [[byte, 2, 1], 23, 26, 28, 30, 32, 34], // replace lanes
  [[memoryLane, 2, 1], [84, 87]], // load lanes
  [[memoryLane, 2, 0], [88, 91]], // store lanes
  [TERNARY, 82, [261, 268], 275], // bitselect, relaxed multiply-add and select, relaxed dot product
  [
    UNARY,
    [15, 20], 77, 83, [94, 100], [103, 106], [116, 117], 122, [124, 129], [131, 132], [135, 138], 148,
    [160, 161], [163, 164], [167, 170], [192, 193], [195, 196], [199, 202], [224, 225], 227, [236, 237], 239,
    [248, 255], [257, 260],
  ],
  [
    BINARY,
    14, [35, 76], [78, 81], [101, 102], [107, 115], [118, 121], 123, 130, [133, 134], [139, 147], [149, 153],
    [155, 159], [171, 174], 177, [181, 186], [188, 191], [203, 206], 209, [213, 223], [228, 235], [240, 247],
    256, [269, 274],
  ],
];

/** Prefix 0xfe: atomics, which work on unshared memories too. */
// prettier-ignore
const ATOMIC: readonly Row[] = [
  [LOAD, [0x10, 0x16]],
  [STORE, [0x17, 0x1d]],
  [[byte, 0, 0], 3], // fence
  [[memory, 2, 1], 0, [0x1e, 0x47]], // notify, read-modify-write
  [[memory, 3, 1], [1, 2], [0x48, 0x4e]], // wait, compare-exchange
];

function table(rows: readonly Row[]): readonly (Shape | undefined)[] {
  const shapes: (Shape | undefined)[] = [];
  for (const [shape, ...opcodes] of rows) {
    for (const opcode of opcodes) {
      const [first, last] = typeof opcode === 'number' ? [opcode, opcode] : opcode;
      for (let code = first; code <= last; code++) shapes[code] = shape;
    }
  }
  return Array.from(shapes);
}

export const PLAIN_SHAPES = table(PLAIN);

/** Shapes by prefix. */
export const PREFIXED_SHAPES: ReadonlyMap<number, readonly (Shape | undefined)[]> = new Map([
  [0xfc, table(BULK)],
  [0xfd, table(VECTOR)],
  [0xfe, table(ATOMIC)],
]);
