/**
 * Finds the frames of a FLAC stream (RFC 9639, section 9).
 *
 * A frame does not contain its length: it ends where its checksum becomes zero and the next frame begins. Finding the
 * frames first shows how much each expands to before it is decoded.
 */
import { unusable } from './sound-errors.ts';

interface FlacFrame {
  /** The frame's bytes; for the last frame up to the end of the file, whatever follows it. */
  data: Uint8Array;
  last: boolean;
  channels: number;
  samples: number;
}

/** Longest frame; 8 channels of 24 bits in the largest usual blocks stay far below. */
const MAX_FRAME_BYTES = 8 * 65_535;

/** Bytes that are searched between calls of `step`. */
const STEP_BYTES = 65_536;

/**
 * Yields the frames from `from` on, until something else follows.
 *
 * @param step called while a long frame is searched
 * @throws SandpiperError `unusable-input`
 */
export function* flacFrames(bytes: Uint8Array, from: number, step: () => void): Generator<FlacFrame> {
  let at = from;
  for (let head = maybeHeader(bytes, at); head !== undefined; head = maybeHeader(bytes, at)) {
    const end = frameEnd(bytes, at, at + head.bytes, step);
    const data = bytes.subarray(at, end ?? at + MAX_FRAME_BYTES);
    yield { data, last: end === undefined, channels: head.channels, samples: head.samples };
    if (end === undefined) {
      if (goesOn(bytes, at + head.bytes, head, step)) break;
      return;
    }
    at = end;
  }
  throw unusable('a frame of the FLAC file is damaged');
}

/** Offset of the frame's end; undefined if no other frame follows. */
function frameEnd(bytes: Uint8Array, start: number, from: number, step: () => void): number | undefined {
  const most = Math.min(bytes.byteLength, start + MAX_FRAME_BYTES);
  let crc = 0;
  for (let at = start; at < most; at++) {
    if (crc === 0 && at > from && bytes[at] === 0xff && maybeHeader(bytes, at) !== undefined) return at;
    crc = ((crc << 8) & 0xffff) ^ (CRC_16[(crc >> 8) ^ (bytes[at] as number)] as number);
    if (at % STEP_BYTES === 0) step();
  }
  return undefined;
}

/** Whether a frame of the same sound follows one whose end was not found, which is damaged then, and not the last. */
function goesOn(bytes: Uint8Array, from: number, { kind }: FrameHeader, step: () => void): boolean {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    if (maybeHeader(bytes, at)?.kind === kind) return true;
    step();
  }
  return false;
}

interface FrameHeader {
  bytes: number;
  channels: number;
  /** Codes that are equal in all frames of one sound: numbering, rate and size of a sample. */
  kind: number;
  samples: number;
}

function maybeHeader(bytes: Uint8Array, at: number): FrameHeader | undefined {
  const [sync = 0, second = 0, third = 0, fourth = 0, number = 0] = bytes.subarray(at, at + 5);
  // The last bit of the second byte is the kind of numbering.
  if (sync !== 0xff || (second & 0xfe) !== 0xf8 || (fourth & 1) !== 0) return undefined;
  const [size, rate, assignment] = [third >> 4, third & 15, fourth >> 4];
  if (size === 0 || rate === 15 || assignment > 10) return undefined;
  // The frame's number is encoded like a character of UTF-8, in up to seven bytes.
  const numberBytes = number < 0x80 ? 1 : Math.clz32(~(number << 24));
  if (numberBytes === 0 || numberBytes > 7) return undefined;
  const sizeAt = at + 4 + numberBytes;
  const sizeBytes = size === 6 ? 1 : size === 7 ? 2 : 0;
  const rateBytes = rate === 12 ? 1 : rate > 12 ? 2 : 0;
  const end = sizeAt + sizeBytes + rateBytes + 1;
  if (end > bytes.byteLength || crc8(bytes.subarray(at, end)) !== 0) return undefined;
  return {
    bytes: end - at,
    kind: ((second & 1) << 8) | (rate << 4) | (fourth & 14),
    channels: assignment < 8 ? assignment + 1 : 2,
    samples: blockSize(size, bytes[sizeAt] ?? 0, bytes[sizeAt + 1] ?? 0),
  };
}

function blockSize(code: number, next: number, second: number): number {
  if (code === 1) return 192;
  if (code < 6) return 576 << (code - 2);
  if (code === 6) return next + 1;
  if (code === 7) return next * 256 + second + 1;
  return 1 << code;
}

function crc8(bytes: Uint8Array): number {
  return bytes.reduce((crc, byte) => CRC_8[crc ^ byte] as number, 0);
}

const CRC_8 = crcTable(8, 0x07);
const CRC_16 = crcTable(16, 0x8005);

function crcTable(width: number, polynomial: number): number[] {
  const top = 1 << (width - 1);
  return Array.from({ length: 256 }, (_, index) => {
    let crc = index << (width - 8);
    for (let bit = 0; bit < 8; bit++) crc = crc & top ? (crc << 1) ^ polynomial : crc << 1;
    return crc & (2 * top - 1);
  });
}
