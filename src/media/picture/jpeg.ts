import { tooMany, type PictureLimits } from './picture-limits.ts';
import type { PictureShape } from './picture-shape.ts';

/** Second bytes of markers; the first one is 0xff. */
export const MARKER = {
  /** Baseline frames; arithmetic coding and lossless files have other kinds of frames. */
  baseline: 0xc0,
  extended: 0xc1,
  progressive: 0xc2,
  arithmeticProgressive: 0xca,
  huffman: 0xc4,
  arithmetic: 0xcc,
  /** The first of eight. */
  restart: 0xd0,
  start: 0xd8,
  end: 0xd9,
  scan: 0xda,
  quantization: 0xdb,
  restartInterval: 0xdd,
  app14: 0xee,
} as const;

const SCAN = '\xff\xda';
/** As Latin-1 text. */
export const JPEG_END = '\xff\xd9';

const USUAL = { segments: 1_000, profileBytes: 65_536 };
/** Cost per pixel of combining several scans in memory, at 6 bytes a pixel. */
const MIN_PASSES = 8;
const BITS = 8;
/** Grey and three colours. CMYK needs a colour profile, which costs time. */
const COMPONENTS = [1, 3];

interface Frame {
  marker: number;
  bits: number;
  width: number;
  height: number;
  components: number;
}

export interface Segment {
  marker: number;
  /** Contents without marker and length. */
  body: Buffer;
  /** Offset of what follows it. */
  end: number;
}

/** The segment whose marker is at `at`; undefined if there is none. */
export function maybeSegment(bytes: Buffer, at: number): Segment | undefined {
  if (bytes[at] !== 0xff || at + 4 > bytes.length) return undefined;
  const end = at + 2 + bytes.readUInt16BE(at + 2);
  if (end < at + 4 || end > bytes.length) return undefined;
  return { marker: bytes.readUInt8(at + 1), body: bytes.subarray(at + 4, end), end };
}

/**
 * Reads the segments up to the first scan, and counts the scans after it by their markers, which coded data cannot
 * contain. A table between scans may contain one by chance, which then counts as a scan.
 */
export function readJpeg(bytes: Buffer, limits: PictureLimits): PictureShape | undefined {
  let frame: Frame | undefined;
  let profileBytes = 0;
  let at = 2;
  for (let segments = 0; segments < USUAL.segments; segments++) {
    const segment = maybeSegment(bytes, at);
    if (segment === undefined) return undefined;
    if (isFrame(segment.marker)) frame = frameOf(segment);
    if (segment.body.toString('latin1', 0, 11) === 'ICC_PROFILE') profileBytes += segment.body.length;
    if (segment.marker === MARKER.scan) {
      if (frame === undefined) return undefined;
      return shapeOf(bytes, at, frame, profileBytes, segment.body[0] === frame.components, limits);
    }
    at = segment.end;
  }
  return undefined;
}

function shapeOf(
  bytes: Buffer,
  firstScan: number,
  { marker, bits, width, height, components }: Frame,
  profileBytes: number,
  together: boolean,
  limits: PictureLimits,
): PictureShape {
  const found = bytes.indexOf(JPEG_END, firstScan, 'latin1');
  const end = found === -1 ? bytes.length : found + JPEG_END.length;
  const sequential = marker === MARKER.baseline || marker === MARKER.extended;
  // With all components in one scan, the decoder reads no other.
  const single = sequential && together;
  const passes = single ? 1 : Math.max(countScans(bytes, firstScan, end, limits.pictureScans), MIN_PASSES);
  const usual =
    (sequential || marker === MARKER.progressive) &&
    bits === BITS &&
    COMPONENTS.includes(components) &&
    profileBytes <= USUAL.profileBytes &&
    found !== -1;
  return { width, height, work: usual ? width * height * passes : Infinity, end };
}

/** @throws SandpiperError for the first scan over the limit */
function countScans(bytes: Buffer, from: number, end: number, most: number): number {
  let scans = 0;
  for (let at = from; at !== -1 && at < end; at = bytes.indexOf(SCAN, at + SCAN.length, 'latin1')) {
    if (++scans > most) throw tooMany('JPEG', 'scans', most);
  }
  return scans;
}

/** Coefficients of a block: one DC, and 63 AC. */
const COEFFICIENTS = 64;
/** Bytes of a scan's header beside two for each of its components. */
const SCAN_BYTES = 4;

/**
 * Whether a progressive picture ends before its scans have told each bit of each coefficient: it was cut between two of
 * them, and decoders show it blurred without a word.
 */
export function lacksScans(bytes: Buffer): boolean {
  let segment = maybeSegment(bytes, 2);
  let ids: number[] | undefined;
  let at = 2;
  for (; segment !== undefined && segment.marker !== MARKER.scan; segment = maybeSegment(bytes, at)) {
    const { marker, body, end } = segment;
    if (marker === MARKER.progressive || marker === MARKER.arithmeticProgressive) {
      ids = Array.from({ length: body[5] ?? 0 }, (_, index) => body[6 + index * 3] ?? 0);
    } else if (isFrame(marker)) return false;
    at = end;
  }
  if (segment === undefined || ids === undefined) return false;
  // For each coefficient, the number of low bits that no scan has given yet; 1 if no scan has begun it.
  const untold = new Map(ids.map((id) => [id, new Uint8Array(COEFFICIENTS).fill(1)]));
  const end = bytes.indexOf(JPEG_END, at, 'latin1');
  const picture = end === -1 ? bytes : bytes.subarray(0, end);
  for (; at !== -1; at = picture.indexOf(SCAN, at + SCAN.length, 'latin1')) {
    const body = maybeSegment(picture, at)?.body;
    const count = body?.[0] ?? 0;
    // Anything else is no scan, but bytes of a table that look like its marker.
    if (body?.length !== SCAN_BYTES + 2 * count) continue;
    const [first = 0, last = 0, bits = 0] = body.subarray(1 + 2 * count);
    for (let index = 0; index < count; index++) {
      untold.get(body[1 + 2 * index] ?? 0)?.fill(bits & 15, first, last + 1);
    }
  }
  return [...untold.values()].some((component) => component.some((left) => left > 0));
}

/** Excludes the markers of tables and the reserved one, which lie in the range of frames. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![MARKER.huffman, 0xc8, MARKER.arithmetic].includes(marker);
}

function frameOf({ marker, body }: Segment): Frame {
  return {
    marker,
    bits: body.readUInt8(0),
    height: body.readUInt16BE(1),
    width: body.readUInt16BE(3),
    components: body.readUInt8(5),
  };
}
