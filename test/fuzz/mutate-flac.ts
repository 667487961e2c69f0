/** Damage to FLAC files that keeps them FLAC: fields of headers, subframes and sizes, with checksums that fit. */
import { flacFrames } from '../../src/media/sound/flac-frames.ts';
import { crc } from '../media/support/flac.ts';
import type { Random } from './random.ts';

const HEADER_BYTES = 42;
const TELLING = [0x00, 0x01, 0x02, 0x3f, 0x40, 0x7f, 0x80, 0xfe, 0xff];

/** @param original with STREAMINFO alone before its frames, or other metadata that is then left out */
export function mutateFlac(original: Uint8Array, random: Random): Buffer {
  const header = Buffer.from(original.subarray(0, HEADER_BYTES));
  header.writeUInt8(0x80, 4);
  const frames = [...flacFrames(original, framesStart(original), () => undefined)].map(({ data }) =>
    Buffer.from(data),
  );
  const parts: Buffer[] = [header, ...frames];
  for (let left = 1 + random.below(4); left > 0; left--) {
    const index = random.below(parts.length);
    const part = parts[index] ?? header;
    switch (random.below(8)) {
      case 0:
        parts.splice(index, 0, Buffer.from(part));
        break;
      case 1:
        if (parts.length > 1) parts.splice(index, 1);
        break;
      case 2:
        parts.splice(index, 0, metadata(random));
        break;
      case 3:
        parts[index] = part.subarray(0, random.below(part.length));
        break;
      default:
        parts[index] = part === header ? changedInfo(header, random) : changedFrame(part, random);
    }
  }
  return Buffer.concat(parts);
}

/** Rate, channels, bits and total are its bytes 18 to 25; sizes of blocks and frames stand before. */
function changedInfo(header: Buffer, random: Random): Buffer {
  header.writeUInt8(random.pick([...TELLING, random.below(256)]), 8 + random.below(18));
  return header;
}

function changedFrame(frame: Buffer, random: Random): Buffer {
  const changed = Buffer.from(frame);
  // The header, and the beginning of the first subframe, are where it is told how to read the rest.
  const most = random.below(3) === 0 ? changed.length : Math.min(24, changed.length);
  for (let left = 1 + random.below(3); left > 0; left--) {
    changed[2 + random.below(Math.max(1, most - 2))] = random.pick([...TELLING, random.below(256)]);
  }
  return random.below(10) === 0 ? changed : withChecksums(changed);
}

function withChecksums(frame: Buffer): Buffer {
  const number = frame[4] ?? 0;
  const numberBytes = number < 0x80 ? 1 : Math.min(7, Math.clz32(~(number << 24)));
  const [size, rate] = [(frame[2] ?? 0) >> 4, (frame[2] ?? 0) & 15];
  const end = 4 + numberBytes + (size === 6 ? 1 : size === 7 ? 2 : 0) + (rate === 12 ? 1 : rate > 12 ? 2 : 0);
  if (end + 3 > frame.length) return frame;
  frame.writeUInt8(crc(frame.subarray(0, end), 8, 0x07), end);
  frame.writeUInt16BE(crc(frame.subarray(0, -2), 16, 0x8005), frame.length - 2);
  return frame;
}

function metadata(random: Random): Buffer {
  const block = Buffer.alloc(4 + random.below(64), random.below(256));
  block.writeUInt32BE((random.below(128) << 24) | random.pick([0, block.length - 4, 0xff_ffff]));
  return block;
}

function framesStart(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 4; ;) {
    const last = view.getUint8(at) >> 7;
    at += 4 + (view.getUint32(at) & 0xff_ffff);
    if (last) return at;
  }
}
