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

type Row = readonly [first: number, last: number, shape: Shape];

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

/** Without control flow, calls and branches, whose stack effect depends on types. */
const PLAIN: readonly Row[] = [
  [0x01, 0x01, [none, 0, 0]], // nop
  [0x1a, 0x1a, [none, 1, 0]], // drop
  [0x1b, 0x1b, [none, 3, 1]], // select
  [0x1c, 0x1c, [valueTypes, 3, 1]], // select t
  [0x20, 0x20, [leb, 0, 1]], // local.get
  [0x21, 0x21, [leb, 1, 0]], // local.set
  [0x22, 0x22, [leb, 1, 1]], // local.tee
  [0x23, 0x23, [leb, 0, 1]], // global.get
  [0x24, 0x24, [leb, 1, 0]], // global.set
  [0x25, 0x25, [leb, 1, 1]], // table.get
  [0x26, 0x26, [leb, 2, 0]], // table.set
  [0x28, 0x35, [memory, 1, 1]], // loads
  [0x36, 0x3e, [memory, 2, 0]], // stores
  [0x3f, 0x3f, [leb, 0, 1]], // memory.size
  [0x40, 0x40, [leb, 1, 1]], // memory.grow
  [0x41, 0x42, [leb, 0, 1]], // i32.const, i64.const
  [0x43, 0x43, [f32, 0, 1]], // f32.const
  [0x44, 0x44, [f64, 0, 1]], // f64.const
  [0x45, 0x45, [none, 1, 1]], // i32.eqz
  [0x46, 0x4f, [none, 2, 1]],
  [0x50, 0x50, [none, 1, 1]], // i64.eqz
  [0x51, 0x66, [none, 2, 1]],
  [0x67, 0x69, [none, 1, 1]], // clz, ctz, popcnt
  [0x6a, 0x78, [none, 2, 1]],
  [0x79, 0x7b, [none, 1, 1]],
  [0x7c, 0x8a, [none, 2, 1]],
  [0x8b, 0x91, [none, 1, 1]], // f32.abs to sqrt
  [0x92, 0x98, [none, 2, 1]],
  [0x99, 0x9f, [none, 1, 1]],
  [0xa0, 0xa6, [none, 2, 1]],
  [0xa7, 0xc4, [none, 1, 1]], // conversions
  [0xd0, 0xd0, [leb, 0, 1]], // ref.null
  [0xd1, 0xd1, [none, 1, 1]], // ref.is_null
  [0xd2, 0xd2, [leb, 0, 1]], // ref.func
  [0xd3, 0xd3, [none, 2, 1]], // ref.eq
  [0xd4, 0xd4, [none, 1, 1]], // ref.as_non_null
];

/** Prefix 0xfc: saturating conversions, bulk memory and tables. */
const BULK: readonly Row[] = [
  [0, 7, [none, 1, 1]],
  [8, 8, [twoLebs, 3, 0]], // memory.init
  [9, 9, [leb, 0, 0]], // data.drop
  [10, 10, [twoLebs, 3, 0]], // memory.copy
  [11, 11, [leb, 3, 0]], // memory.fill
  [12, 12, [twoLebs, 3, 0]], // table.init
  [13, 13, [leb, 0, 0]], // elem.drop
  [14, 14, [twoLebs, 3, 0]], // table.copy
  [15, 15, [leb, 2, 1]], // table.grow
  [16, 16, [leb, 0, 1]], // table.size
  [17, 17, [leb, 3, 0]], // table.fill
  [19, 20, [none, 4, 2]], // i64.add128, i64.sub128
  [21, 22, [none, 2, 2]], // i64.mul_wide
];

/** Prefix 0xfd: vectors. */
const VECTOR: readonly Row[] = [
  [0, 10, [memory, 1, 1]], // loads
  [11, 11, [memory, 2, 0]], // v128.store
  [12, 12, [v128, 0, 1]],
  [13, 13, [v128, 2, 1]], // i8x16.shuffle
  [14, 14, [none, 2, 1]], // swizzle
  [15, 20, [none, 1, 1]], // splats
  [21, 22, [byte, 1, 1]],
  [23, 23, [byte, 2, 1]],
  [24, 25, [byte, 1, 1]],
  [26, 26, [byte, 2, 1]],
  [27, 27, [byte, 1, 1]],
  [28, 28, [byte, 2, 1]],
  [29, 29, [byte, 1, 1]],
  [30, 30, [byte, 2, 1]],
  [31, 31, [byte, 1, 1]],
  [32, 32, [byte, 2, 1]],
  [33, 33, [byte, 1, 1]],
  [34, 34, [byte, 2, 1]],
  [35, 76, [none, 2, 1]], // comparisons
  [77, 77, [none, 1, 1]], // not
  [78, 81, [none, 2, 1]],
  [82, 82, [none, 3, 1]], // bitselect
  [83, 83, [none, 1, 1]],
  [84, 87, [memoryLane, 2, 1]], // load lanes
  [88, 91, [memoryLane, 2, 0]], // store lanes
  [92, 93, [memory, 1, 1]], // load zero
  [94, 95, [none, 1, 1]],
  [96, 100, [none, 1, 1]],
  [101, 102, [none, 2, 1]], // narrow
  [103, 106, [none, 1, 1]], // f32x4 rounding
  [107, 115, [none, 2, 1]],
  [116, 117, [none, 1, 1]],
  [118, 121, [none, 2, 1]],
  [122, 122, [none, 1, 1]],
  [123, 123, [none, 2, 1]],
  [124, 129, [none, 1, 1]],
  [130, 130, [none, 2, 1]],
  [131, 132, [none, 1, 1]],
  [133, 134, [none, 2, 1]],
  [135, 138, [none, 1, 1]],
  [139, 147, [none, 2, 1]],
  [148, 148, [none, 1, 1]],
  [149, 153, [none, 2, 1]],
  [155, 159, [none, 2, 1]],
  [160, 161, [none, 1, 1]],
  [163, 164, [none, 1, 1]],
  [167, 170, [none, 1, 1]],
  [171, 174, [none, 2, 1]],
  [177, 177, [none, 2, 1]],
  [181, 186, [none, 2, 1]],
  [188, 191, [none, 2, 1]],
  [192, 193, [none, 1, 1]],
  [195, 196, [none, 1, 1]],
  [199, 202, [none, 1, 1]],
  [203, 206, [none, 2, 1]],
  [209, 209, [none, 2, 1]],
  [213, 223, [none, 2, 1]],
  [224, 225, [none, 1, 1]],
  [227, 227, [none, 1, 1]],
  [228, 235, [none, 2, 1]],
  [236, 237, [none, 1, 1]],
  [239, 239, [none, 1, 1]],
  [240, 247, [none, 2, 1]],
  [248, 255, [none, 1, 1]],
  [256, 256, [none, 2, 1]], // relaxed swizzle
  [257, 260, [none, 1, 1]],
  [261, 268, [none, 3, 1]], // relaxed multiply-add and select
  [269, 273, [none, 2, 1]],
  [274, 274, [none, 2, 1]],
  [275, 275, [none, 3, 1]],
];

/** Prefix 0xfe: atomics, which work on unshared memories too. */
const ATOMIC: readonly Row[] = [
  [0, 0, [memory, 2, 1]], // notify
  [1, 2, [memory, 3, 1]], // wait
  [3, 3, [byte, 0, 0]], // fence
  [0x10, 0x16, [memory, 1, 1]],
  [0x17, 0x1d, [memory, 2, 0]],
  [0x1e, 0x47, [memory, 2, 1]],
  [0x48, 0x4e, [memory, 3, 1]],
];

function table(rows: readonly Row[]): readonly (Shape | undefined)[] {
  const shapes: (Shape | undefined)[] = [];
  for (const [first, last, shape] of rows) for (let code = first; code <= last; code++) shapes[code] = shape;
  return Array.from(shapes);
}

export const PLAIN_SHAPES = table(PLAIN);

/** Shapes by prefix. */
export const PREFIXED_SHAPES: ReadonlyMap<number, readonly (Shape | undefined)[]> = new Map([
  [0xfc, table(BULK)],
  [0xfd, table(VECTOR)],
  [0xfe, table(ATOMIC)],
]);
