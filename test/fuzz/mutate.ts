/** Small damage to WebAssembly: anywhere in a file, or in the code and data of a core module. */
import type { Random } from './random.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const TELLING = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x40, 0x60, 0x0b, 0x41, 0x10];
const I32_CONST = 0x41;
const SECTIONS = { global: 6, elements: 9, code: 10, data: 11 } as const;
const PREAMBLE_BYTES = 8;

/** One to eight changes: bits, bytes, cuts, repeats, pieces of another file. */
export function mutateFile(original: Uint8Array, other: Uint8Array, random: Random): Bytes {
  let bytes = new Uint8Array(original);
  for (let left = 1 + random.below(8); left > 0; left--) bytes = changed(bytes, other, random);
  return bytes;
}

function changed(bytes: Bytes, other: Uint8Array, random: Random): Bytes {
  const at = PREAMBLE_BYTES + random.below(Math.max(1, bytes.length - PREAMBLE_BYTES));
  const length = 1 + random.below(16);
  switch (random.below(6)) {
    case 0:
      return written(bytes, at, (bytes[at] ?? 0) ^ (1 << random.below(8)));
    case 1:
      return written(bytes, at, random.below(256));
    case 2:
      return written(bytes, at, random.pick(TELLING));
    case 3:
      return joined(bytes.subarray(0, at), bytes.subarray(at + length));
    case 4:
      return joined(bytes.subarray(0, at + length), bytes.subarray(at));
    default: {
      const from = random.below(other.length);
      return joined(bytes.subarray(0, at), other.subarray(from, from + length), bytes.subarray(at + length));
    }
  }
}

/** One to four changes inside sections that leave the module's shape as it is; many still validate. */
export function mutateModule(original: Uint8Array, random: Random): Bytes {
  let bytes = new Uint8Array(original);
  const inner = sectionsOf(original).filter(({ id }) => Object.values<number>(SECTIONS).includes(id));
  if (inner.length === 0) return bytes;
  for (let left = 1 + random.below(4); left > 0; left--) {
    const { id, start, end } = random.pick(inner);
    const at = start + random.below(end - start);
    const constant = id === SECTIONS.code && random.below(4) > 0 ? constantAfter(bytes, at, end) : undefined;
    bytes =
      constant === undefined
        ? written(bytes, at, random.below(2) === 0 ? random.below(256) : random.pick(TELLING))
        : newConstant(bytes, constant, random);
  }
  return bytes;
}

function constantAfter(bytes: Bytes, from: number, end: number): number | undefined {
  const at = bytes.indexOf(I32_CONST, from);
  return at === -1 || at + 1 >= end ? undefined : at + 1;
}

/** Another number of as many bytes. */
function newConstant(bytes: Bytes, start: number, random: Random): Bytes {
  const copy = new Uint8Array(bytes);
  for (let at = start; at < copy.length; at++) {
    const stopWaiting = (copy[at] ?? 0) >= 0x80;
    copy[at] = (stopWaiting ? 0x80 : 0) | random.pick([0, 0x7f, 0x40, 0x3f, random.below(128)]);
    if (!stopWaiting) break;
  }
  return copy;
}

function sectionsOf(module: Uint8Array): { id: number; start: number; end: number }[] {
  const sections = [];
  for (let at = PREAMBLE_BYTES; at < module.length;) {
    const id = module[at++] ?? 0;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++] ?? 0;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    sections.push({ id, start: at, end: at + length });
    at += length;
  }
  return sections;
}

function written(bytes: Bytes, at: number, value: number): Bytes {
  const copy = new Uint8Array(bytes);
  copy[at] = value;
  return copy;
}

function joined(...parts: Uint8Array[]): Bytes {
  return new Uint8Array(Buffer.concat(parts));
}
