import { MARKER, maybeSegment, type Segment } from './jpeg.ts';
import { exifOrientation } from './tiff.ts';

/** Markers of tables and of the restart interval. */
const TABLES: readonly number[] = [
  MARKER.huffman,
  MARKER.arithmetic,
  MARKER.quantization,
  MARKER.restartInterval,
];

/** Parameters of a sequential scan: all 64 coefficients, all their bits. */
const SEQUENTIAL = [0, 63, 0];
/** Size of a component's entry in a scan header. */
const SCAN_BYTES = 6;

/** JFIF 1.01 without density and thumbnail: declares three components as YCbCr. */
const JFIF = Buffer.from('JFIF\0\x01\x01\0\0\x01\0\x01\0\0', 'latin1');

const ADOBE_BYTES = 12;
/** Valid Adobe transforms by number of components, and what decoders assume for an invalid one: YCbCr or YCCK. */
const ADOBE_TRANSFORMS: Record<number, { known: readonly number[]; otherwise: number }> = {
  3: { known: [0, 1], otherwise: 1 },
  4: { known: [0, 2], otherwise: 2 },
};

/**
 * Rewrites the header of a picture: what a decoder needs, each segment in its plain form, and nothing else. If the
 * decoder still fails, the picture itself is damaged.
 *
 * Undefined if the picture is incomplete: components without a scan, or a progressive file without an end marker,
 * whose last scans may be missing. A sequential file may lack its end marker, since the decoder knows when it has all
 * pixels.
 */
export function maybeMendJpeg(bytes: Buffer): Buffer | undefined {
  const applications: Buffer[] = [];
  const picture: Buffer[] = [];
  const missing = new Set<number>();
  let frame: Segment | undefined;
  let adobe: Buffer | undefined;
  let [ended, scans] = [false, 0];
  for (let at = nextMarker(bytes, 2); at !== -1 && !ended;) {
    ended = bytes[at + 1] === MARKER.end;
    const segment = maybeSegment(bytes, at);
    if (ended || segment === undefined) break;
    const { marker, body, end } = segment;
    at = nextMarker(bytes, end);
    if (marker === MARKER.scan) {
      if (frame === undefined || body.length < SCAN_BYTES) return undefined;
      scans++;
      for (const part of parts(body, 0, 2)) missing.delete(part);
      picture.push(written(marker, isSequential(frame) ? plainScan(body) : body));
      picture.push(withoutPadding(bytes.subarray(end, at === -1 ? bytes.length : at)));
    } else if (TABLES.includes(marker)) picture.push(written(marker, body));
    else if (marker < MARKER.start) {
      frame = segment;
      for (const part of parts(body, 5, 3)) missing.add(part);
      picture.push(written(marker, body));
    } else if (isNamed(body, 'Adobe') && body.length >= ADOBE_BYTES) adobe = body;
    else if (scans === 0) applications.push(...application(marker, body));
  }
  if (frame === undefined || scans === 0 || missing.size > 0) return undefined;
  if (!ended && !isSequential(frame)) return undefined;
  if (adobe !== undefined) applications.push(written(MARKER.app14, plainAdobe(adobe, frame)));
  const [start, stop] = [Buffer.of(0xff, MARKER.start), Buffer.of(0xff, MARKER.end)];
  return Buffer.concat([start, ...applications, ...picture, stop]);
}

/** Offset of the next marker that begins a segment or is the end; -1 if there is none. */
function nextMarker(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1] ?? 0;
    // These do not begin a segment: coded data, reserved numbers, restarts, another start.
    const isNone = code < MARKER.baseline || (code >= MARKER.restart && code <= MARKER.start);
    if (!isNone && code !== 0xff) return at;
  }
  return -1;
}

function isSequential({ marker }: Segment): boolean {
  return marker === MARKER.baseline || marker === MARKER.extended;
}

/** Component ids in a list whose length is at `at`, with entries of `bytes` bytes. */
function parts(body: Buffer, at: number, bytes: number): number[] {
  return Array.from({ length: body[at] ?? 0 }, (_, index) => body[at + 1 + index * bytes] ?? 0);
}

function isNamed(body: Buffer, name: string): boolean {
  return body.toString('latin1', 0, name.length) === name;
}

function written(marker: number, body: Uint8Array): Buffer {
  const head = Buffer.of(0xff, marker, 0, 0);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
}

function plainScan(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  copy.set(SEQUENTIAL, copy.length - SEQUENTIAL.length);
  return copy;
}

/** Removes padding after the coded data, which some writers add; keeps a few bytes, which may be data. */
function withoutPadding(data: Buffer): Buffer {
  const last = data.at(-1);
  let end = data.length;
  while (end > 0 && data[end - 1] === last) end--;
  return data.subarray(0, Math.min(data.length, end + 4));
}

/** The parts of an application segment that affect how pixels are shown. */
function application(marker: number, body: Buffer): Buffer[] {
  if (isNamed(body, 'JFIF\0')) return [written(marker, JFIF)];
  if (isNamed(body, 'ICC_PROFILE\0')) return [written(marker, body)];
  if (isNamed(body, 'Exif\0')) return [written(marker, plainExif(exifOrientation(body.subarray(6))))];
  return [];
}

/** An EXIF block with only an orientation. */
function plainExif(orientation: number): Buffer {
  const value = String.fromCodePoint(orientation);
  return Buffer.from(`Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0${value}\0\0\0\0\0\0`, 'latin1');
}

function plainAdobe(body: Buffer, frame: Segment): Buffer {
  const copy = Buffer.from(body.subarray(0, ADOBE_BYTES));
  const transforms = ADOBE_TRANSFORMS[frame.body[5] ?? 0];
  const transform = copy[ADOBE_BYTES - 1] ?? 0;
  if (transforms !== undefined && !transforms.known.includes(transform)) {
    copy[ADOBE_BYTES - 1] = transforms.otherwise;
  }
  return copy;
}
