/** Damage to JPEG and TIFF files that leaves most of their structure: segments and directory entries, and what they say. */
import type { Random } from './random.ts';

const TELLING = [0, 1, 2, 3, 4, 8, 16, 17, 0x22, 63, 64, 0x7f, 0x80, 0xc0, 0xda, 0xfe, 0xff];
const TELLING_WORDS = [0, 1, 2, 8, 255, 256, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7fff_ffff, 0xffff_ffff];

/** One to four changes of segments, of what they hold and of the coded data. */
export function mutateJpeg(original: Buffer, random: Random): Buffer {
  const parts = segmentsOf(original);
  for (let left = 1 + random.below(4); left > 0; left--) changeSegments(parts, random);
  return Buffer.concat(parts);
}

function changeSegments(parts: Buffer[], random: Random): void {
  const at = random.below(parts.length);
  const part = Buffer.from(parts[at] ?? []);
  const inside = Math.min(part.length - 1, 2 + random.below(20));
  switch (random.below(9)) {
    case 0:
      parts.splice(at, 1);
      return;
    case 1:
      parts.splice(at, 0, part);
      return;
    case 2:
      parts.splice(random.below(parts.length + 1), 0, ...parts.splice(at, 1));
      return;
    case 3:
      part[inside] = random.pick(TELLING);
      break;
    case 4:
      part[random.below(part.length)] = random.below(256);
      break;
    case 5:
      part[1] = random.pick([
        0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc9, 0xca, 0xcc, 0xd0, 0xd8, 0xd9, 0xda, 0xdb, 0xdd, 0xe0, 0xe1, 0xe2,
        0xee,
      ]);
      break;
    case 6:
      parts.splice(at, 0, Buffer.from(Array.from({ length: 1 + random.below(40) }, () => random.below(256))));
      return;
    case 7:
      parts[at] = part.subarray(0, random.below(part.length + 1));
      return;
    default:
      parts.splice(
        at,
        0,
        Buffer.of(0xff, random.pick(TELLING), 0, 2 + random.below(4), random.below(256), random.below(256)),
      );
      return;
  }
  parts[at] = part;
}

/** Segments with their markers, each scan with its data; what cannot be told apart is one piece. */
function segmentsOf(bytes: Buffer): Buffer[] {
  const parts = [bytes.subarray(0, 2)];
  for (let at = 2; at < bytes.length;) {
    let end = at + 2 + (at + 4 <= bytes.length ? bytes.readUInt16BE(at + 2) : 0);
    if (bytes[at + 1] === 0xd9) end = at + 2;
    if (bytes[at + 1] === 0xda) {
      while (
        end < bytes.length &&
        !(bytes[end] === 0xff && (bytes[end + 1] ?? 0) > 0 && ((bytes[end + 1] ?? 0) & 0xf8) !== 0xd0)
      )
        end++;
    }
    parts.push(bytes.subarray(at, end));
    at = end;
  }
  return parts;
}

/** One to four changes of directory entries, of what they point to and of where the next directory is. */
export function mutateTiff(original: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(original);
  const little = bytes[0] === 0x49;
  const read = (at: number): number => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const offset = little ? bytes.readUInt32LE(4) : bytes.readUInt32BE(4);
  const entries = offset + 2 <= bytes.length ? read(offset) : 0;
  for (let left = 1 + random.below(4); left > 0; left--) {
    const entry = offset + 2 + 12 * random.below(entries + 1);
    const write = (value: number, at: number, size: number): void => {
      if (at + size > bytes.length) return;
      if (little) bytes.writeUIntLE(value % 2 ** (8 * size), at, size);
      else bytes.writeUIntBE(value % 2 ** (8 * size), at, size);
    };
    switch (random.below(8)) {
      case 0:
        write(254 + random.below(100), entry, 2);
        break;
      case 1:
        write(random.below(19), entry + 2, 2);
        break;
      case 2:
        write(random.pick(TELLING_WORDS), entry + 4, 4);
        break;
      case 3:
        write(random.pick(TELLING_WORDS), entry + 8, 4);
        break;
      case 4:
        write(random.below(70), entry + 8, little ? 4 : 2);
        break;
      case 5:
        write(random.below(bytes.length), offset + 2 + 12 * entries, 4);
        break;
      case 6:
        write(random.below(256), random.below(bytes.length), 1);
        break;
      default:
        if (random.below(4) === 0) bytes = bytes.subarray(0, 8 + random.below(bytes.length - 8));
    }
    if (entry + 12 > bytes.length) break;
  }
  return bytes;
}
