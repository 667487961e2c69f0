import { deflateSync } from 'node:zlib';

/** Matroska files that tests make of Opus packets, with every way to lace them. */

export type Lacing = 'none' | 'xiph' | 'ebml' | 'fixed';

export interface WebmOptions {
  lacing?: Lacing;
  /** Packets of a block. */
  perBlock?: number;
  /** Blocks in groups of their own, as SimpleBlock is not. */
  groups?: boolean;
  /** Segment and clusters without a size, as live recordings have them. */
  live?: boolean;
  /** A video track, and a block of it before each of the sound's. */
  video?: boolean;
  /** The encoding of each packet: deflated, or without its first byte, which is then the same for all. */
  compression?: 'zlib' | 'stripped' | undefined;
  /** Nanoseconds that the last block has too many of; in groups only. */
  padding?: number;
}

const FLAGS = { none: 0, xiph: 0x02, fixed: 0x04, ebml: 0x06 };

export function webmFile(
  setup: Uint8Array,
  packets: readonly Uint8Array[],
  options: WebmOptions = {},
): Buffer {
  const { lacing = 'none', perBlock = 1, groups = false, live = false, video = false, padding = 0 } = options;
  const { compression } = options;
  const audio = element('ae', [
    element('d7', [Buffer.of(video ? 2 : 1)]),
    element('83', [Buffer.of(2)]),
    element('86', [Buffer.from('A_OPUS')]),
    element('63a2', [setup]),
    ...(compression === undefined ? [] : [encodings(compression, packets[0] ?? setup)]),
  ]);
  const picture = element('ae', [element('d7', [Buffer.of(1)]), element('83', [Buffer.of(1)])]);
  const blocks: Buffer[] = [];
  for (let at = 0; at < packets.length;) {
    const size = lacing === 'none' ? 1 : runLength(packets, at, perBlock, lacing);
    const block = laced(
      packets.slice(at, at + size).map((packet) => packed(packet, compression)),
      lacing,
      video ? 2 : 1,
    );
    const last = at + size === packets.length && padding > 0;
    if (video) blocks.push(element('a3', [Buffer.of(0x81, 0, 0, 0, 1, 2, 3)]));
    blocks.push(
      groups
        ? element('a0', [
            element('a1', [block]),
            element('9b', [Buffer.of(20)]),
            ...(last ? [element('75a2', [nanoseconds(padding)])] : []),
          ])
        : element('a3', [block]),
    );
    at += size;
  }
  const clusters = Array.from({ length: Math.ceil(blocks.length / 7) }, (_, index) =>
    element('1f43b675', [element('e7', [Buffer.of(0)]), ...blocks.slice(index * 7, index * 7 + 7)], live),
  );
  const tracks = element('1654ae6b', video ? [picture, audio] : [audio]);
  const segment = element('18538067', [element('ec', [Buffer.alloc(9)]), tracks, ...clusters], live);
  return Buffer.concat([element('1a45dfa3', [element('4282', [Buffer.from('webm')])]), segment]);
}

function encodings(compression: 'zlib' | 'stripped', packet: Uint8Array): Buffer {
  const fields =
    compression === 'zlib'
      ? [element('4254', [Buffer.of(0)])]
      : [element('4254', [Buffer.of(3)]), element('4255', [packet.subarray(0, 1)])];
  return element('6d80', [element('6240', [element('5034', fields)])]);
}

function packed(packet: Uint8Array, compression: WebmOptions['compression']): Uint8Array {
  if (compression === 'zlib') return deflateSync(packet);
  return compression === 'stripped' ? packet.subarray(1) : packet;
}

function nanoseconds(count: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(count);
  return bytes;
}

/** Fixed lacing needs frames of one size. */
function runLength(packets: readonly Uint8Array[], from: number, most: number, lacing: Lacing): number {
  const run = packets.slice(from, from + most);
  if (lacing !== 'fixed') return run.length;
  const other = run.findIndex((packet) => packet.byteLength !== run[0]?.byteLength);
  return other === -1 ? run.length : other;
}

/** A block: track, time and flags before its frames. */
export function laced(frames: readonly Uint8Array[], lacing: Lacing, track = 1): Buffer {
  const head = Buffer.of(0x80 | track, 0, 0, FLAGS[lacing]);
  if (lacing === 'none') return Buffer.concat([head, ...frames]);
  const sizes = frames.slice(0, -1).map((frame) => frame.byteLength);
  const table: Record<Lacing, () => number[]> = {
    none: () => [],
    fixed: () => [],
    xiph: () => sizes.flatMap((size) => [...Array<number>(Math.floor(size / 255)).fill(255), size % 255]),
    ebml: () => sizes.flatMap((size, at) => (at === 0 ? sized(size) : signed(size - (sizes[at - 1] ?? 0)))),
  };
  return Buffer.concat([head, Buffer.of(frames.length - 1, ...table[lacing]()), ...frames]);
}

/** `id` in hexadecimal. */
export function element(id: string, children: readonly Uint8Array[], open = false): Buffer {
  const body = Buffer.concat(children);
  const size = open ? [0x01, ...Array<number>(7).fill(0xff)] : sized(body.byteLength);
  return Buffer.concat([Buffer.from(id, 'hex'), Buffer.from(size), body]);
}

/** In as few bytes as hold it; all ones stand for an open size. */
function sized(value: number): number[] {
  if (value < 0x7f) return [0x80 | value];
  if (value < 0x3fff) return [0x40 | (value >> 8), value & 0xff];
  return [0x10 | (value >> 24), (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff];
}

function signed(value: number): number[] {
  if (Math.abs(value) < 0x3f) return [0x80 | (value + 0x3f)];
  const shifted = value + 0x1fff;
  return [0x40 | (shifted >> 8), shifted & 0xff];
}
