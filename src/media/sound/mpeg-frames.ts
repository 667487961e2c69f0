/** Finds frames of MPEG audio and of AAC in ADTS, whose headers are alike. */
import { behindTags } from './tags.ts';

export interface MpegFrame {
  codec: 'MP3' | 'AAC';
  /** Length of the frame; 0 for free format. */
  bytes: number;
  /** Equal for all frames of one sound. */
  kind: string;
}

const HEADER_BYTES = 4;

/** Most bytes before the first frame. */
const SEARCHED_BYTES = 1 << 20;

/** Number of consecutive frames that make it certain that they are frames. */
const CERTAIN = 3;

/** Bytes that are searched between calls of `step`. */
const STEP_BYTES = 65_536;

// Kilobits a second by the index in the header: MPEG-1 layers I to III, MPEG-2 layer I, MPEG-2 layers II and III.
const BIT_RATES = {
  '1 I': [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  '1 II': [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  '1 III': [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  '2 I': [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  '2 II': [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  '2 III': [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;
const RATES = [44_100, 48_000, 32_000];

export interface FoundFrame {
  at: number;
  frame: MpegFrame;
}

/** The frame whose header is at `at`; undefined if there is none. */
export function maybeMpegFrame(bytes: Uint8Array, at: number): MpegFrame | undefined {
  const [sync = 0, second = 0, third = 0, fourth = 0] = bytes.subarray(at, at + HEADER_BYTES);
  if (sync !== 0xff || second < 0xe0 || at + HEADER_BYTES > bytes.byteLength) return undefined;
  const layer = (second >> 1) & 3;
  if (layer === 0) return maybeAdtsFrame(bytes, at);
  const [version, bits, rate] = [(second >> 3) & 3, third >> 4, (third >> 2) & 3];
  if (version === 1 || bits === 15 || rate === 3) return undefined;
  const [first, roman] = [version === 3, (['III', 'II', 'I'] as const)[layer - 1] ?? 'I'];
  const hertz = (RATES[rate] as number) >> (version === 3 ? 0 : version === 2 ? 1 : 2);
  const kilobits = BIT_RATES[`${first ? 1 : 2} ${roman}`][bits] ?? 0;
  const padding = (third >> 1) & 1;
  const samples = roman === 'III' && !first ? 576 : 1_152;
  const size =
    roman === 'I'
      ? (Math.floor((12_000 * kilobits) / hertz) + padding) * 4
      : Math.floor((samples * 125 * kilobits) / hertz) + padding;
  return {
    codec: 'MP3',
    bytes: kilobits === 0 ? 0 : size,
    kind: `${hertz} ${roman}${fourth >> 6 === 3 ? ' mono' : ''}`,
  };
}

function maybeAdtsFrame(bytes: Uint8Array, at: number): MpegFrame | undefined {
  const [, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = bytes.subarray(at, at + 6);
  const rate = (third >> 2) & 15;
  const size = ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5);
  if (second < 0xf0 || rate > 12 || size < 7) return undefined;
  return { codec: 'AAC', bytes: size, kind: `ADTS ${third >> 2}` };
}

/** The first frame at or after `from` that is followed by two more of its kind or the end of the file. */
export function findMpegFrame(
  bytes: Uint8Array,
  { from = 0, most = SEARCHED_BYTES, step }: { from?: number; most?: number; step?: () => void } = {},
): FoundFrame | undefined {
  const end = Math.min(bytes.byteLength, from + most);
  for (let at = from; at < end; at++) {
    if (step !== undefined && (at - from) % STEP_BYTES === STEP_BYTES - 1) step();
    // Skip tags: a picture inside could contain anything.
    if (bytes[at] === 0x49 && bytes[at + 1] === 0x44 && bytes[at + 2] === 0x33)
      at = Math.max(at, behindTags(bytes, at));
    if (bytes[at] !== 0xff) continue;
    const frame = maybeMpegFrame(bytes, at);
    if (frame !== undefined && isCertain(bytes, at, frame)) return { at, frame };
  }
  return undefined;
}

function isCertain(bytes: Uint8Array, first: number, { codec, kind }: MpegFrame): boolean {
  let at = first;
  for (let count = 0; count < CERTAIN; count++) {
    const frame = maybeMpegFrame(bytes, at);
    // A file may have only a frame or two, the last of them truncated.
    if (frame === undefined) return at === bytes.byteLength || (count > 1 && at > bytes.byteLength);
    if (frame.codec !== codec || frame.kind !== kind || frame.bytes === 0) return false;
    at += frame.bytes;
  }
  return true;
}
