/** Small pictures that are slow or large to decode, each a valid file of its format or nearly so. */
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

type Size = readonly [width: number, height: number];

/**
 * A whole progressive JPEG of any number of scans from four on: each of them says in a few bytes that the coefficients
 * it is for are zero, and goes over all blocks.
 */
export function jpegOfScans([width, height]: Size, scans: number): Buffer {
  const components = 3;
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const frame = [8, height >> 8, height & 255, width >> 8, width & 255, components];
  const parts = [
    Buffer.from('\xff\xd8', 'latin1'),
    segment(0xdb, [0, ...Array<number>(64).fill(1)]),
    segment(0xc2, [...frame, ...[1, 2, 3].flatMap((id) => [id, 0x11, 0])]),
    // One code of one bit: a difference of 0, and "nothing in the next 16,384 blocks and more".
    segment(0xc4, [0x00, 1, ...Array<number>(15).fill(0), 0x00]),
    segment(0xc4, [0x10, 1, ...Array<number>(15).fill(0), 0xe0]),
    segment(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 0, 0]),
    Buffer.alloc(Math.ceil((blocks * components) / 8)),
  ];
  const nothing = codedRuns(Math.ceil(blocks / 32_767));
  // Each scan has the same number of coefficients of one component; more than 63 scans repeat the last.
  for (let scan = 1; scan < scans; scan++) {
    const [turn, id] = [Math.floor((scan - 1) / components), ((scan - 1) % components) + 1];
    const turns = Math.min(63, Math.ceil((scans - id) / components));
    const edge = (of: number): number => Math.min(63, 1 + Math.floor((of * 63) / turns));
    const last = turn >= turns - 1 ? 63 : edge(turn + 1) - 1;
    parts.push(segment(0xda, [1, id, 0, edge(turn), last, 0]), nothing);
  }
  return Buffer.concat([...parts, Buffer.from('\xff\xd9', 'latin1')]);
}

/** So many times the longest run of blocks without anything: a zero bit and fourteen ones, stuffed and filled up. */
function codedRuns(count: number): Buffer {
  const bits = '011111111111111'.repeat(count).padEnd(Math.ceil((count * 15) / 8) * 8, '1');
  const bytes = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  return Buffer.from(bytes.flatMap((byte) => (byte === 255 ? [255, 0] : [byte])));
}

export function segment(marker: number, body: readonly number[] | Uint8Array): Buffer {
  const head = Buffer.of(0xff, marker, 0, 0);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, Buffer.from(body)]);
}

/** A grey TIFF of one pixel and `pages` directories; with `circle` the last one leads back to the first. */
export function tiffOfPages(pages: number, { big = false, circle = false } = {}): Buffer {
  const entries = [
    [256, 1],
    [257, 1],
    [258, 8],
    [259, 1],
    [262, 1],
    [273, 4],
    [277, 1],
    [278, 1],
    [279, 1],
  ] as const;
  const head = big ? Buffer.alloc(16) : Buffer.alloc(8);
  head.write('II');
  head.writeUInt16LE(big ? 43 : 42, 2);
  if (big) head.writeUInt16LE(8, 4);
  const bytes = big ? 8 + entries.length * 20 + 8 : 2 + entries.length * 12 + 4;
  const at = (page: number): number => head.length + page * bytes;
  writeOffset(head, at(0), big ? 8 : 4, big);
  const directories = Array.from({ length: pages }, (_, page) => {
    const directory = Buffer.alloc(bytes);
    if (big) directory.writeBigUInt64LE(BigInt(entries.length));
    else directory.writeUInt16LE(entries.length);
    for (const [index, [tag, value]] of entries.entries()) {
      const entry = (big ? 8 : 2) + index * (big ? 20 : 12);
      directory.writeUInt16LE(tag, entry);
      directory.writeUInt16LE(3, entry + 2);
      directory.writeUInt8(1, entry + 4);
      directory.writeUInt16LE(value, entry + (big ? 12 : 8));
    }
    const last = page + 1 === pages;
    writeOffset(directory, last ? (circle ? at(0) : 0) : at(page + 1), bytes - (big ? 8 : 4), big);
    return directory;
  });
  return Buffer.concat([head, ...directories]);
}

function writeOffset(bytes: Buffer, value: number, at: number, big: boolean): void {
  if (big) bytes.writeBigUInt64LE(BigInt(value), at);
  else bytes.writeUInt32LE(value, at);
}

/** A GIF of this size whose frames are one red pixel each. */
export function gifOfFrames([width, height]: Size, frames: number): Buffer {
  const head = Buffer.from('GIF89a\0\0\0\0\x80\0\0\xff\0\0\0\0\0', 'latin1');
  head.writeUInt16LE(width, 6);
  head.writeUInt16LE(height, 8);
  const frame = Buffer.from('\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0', 'latin1');
  return Buffer.concat([head, ...Array<Buffer>(frames).fill(frame), Buffer.of(0x3b)]);
}

/** A WebP of this size whose frames are one red pixel each. */
export async function webpOfFrames([width, height]: Size, frames: number): Promise<Buffer> {
  const create = { width: 1, height: 1, channels: 3, background: 'red' } as const;
  const still = await sharp({ create }).webp({ lossless: true }).toBuffer();
  const extended = Buffer.alloc(10);
  extended.writeUInt8(2);
  extended.writeUIntLE(width - 1, 4, 3);
  extended.writeUIntLE(height - 1, 7, 3);
  const frame = riffChunk('ANMF', Buffer.concat([Buffer.alloc(16), still.subarray(12)]));
  const all = Array<Buffer>(frames).fill(frame);
  const body = [Buffer.from('WEBP'), riffChunk('VP8X', extended), riffChunk('ANIM', Buffer.alloc(6)), ...all];
  return riffChunk('RIFF', Buffer.concat(body));
}

function riffChunk(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8, type);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

/** Grey and black, with chunks beside the pixels before or behind them. */
export function pngWith(
  [width, height]: Size,
  {
    before = [],
    behind = [],
    interlaced = false,
  }: {
    before?: readonly Buffer[];
    behind?: readonly Buffer[];
    interlaced?: boolean;
  },
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, interlaced ? 1 : 0], 8);
  const rows = deflateSync(Buffer.alloc(height * (width + 1) * (interlaced ? 2 : 1)));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    ...before,
    pngChunk('IDAT', rows),
    ...behind,
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

export function pngChunk(type: string, body: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  size.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([size, named, sum]);
}

/** Text that grows a thousandfold where it is inflated. */
export function inflatingText(megabytes: number): Buffer {
  return pngChunk(
    'zTXt',
    Buffer.concat([Buffer.from('Comment\0\0'), deflateSync(Buffer.alloc(megabytes * 1e6))]),
  );
}

/** A colour profile of that kind. */
export function inflatingProfile(megabytes: number): Buffer {
  return pngChunk(
    'iCCP',
    Buffer.concat([Buffer.from('profile\0\0'), deflateSync(Buffer.alloc(megabytes * 1e6))]),
  );
}

/** One colour: some thousand bytes for any size. */
export async function plainAvif([width, height]: Size): Promise<Buffer> {
  const create = { width, height, channels: 3, background: 'red' } as const;
  return sharp({ create, limitInputPixels: false }).avif({ effort: 0, quality: 50 }).toBuffer();
}
