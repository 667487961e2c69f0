/** FLAC files that tests make: frames of samples as they are, or of one value for all, with right checksums. */

export interface FlacShape {
  /** Hertz: up to 65,535, or whole tens. */
  sampleRate: number;
  channels: number;
  /** Samples of each channel in a frame. */
  blockSize: number;
  /** Samples of each channel, as the header states; 0 is unknown. */
  total?: number;
}

/** Magic and STREAMINFO. */
export function flacHeader({ sampleRate, channels, blockSize, total = 0 }: FlacShape): Buffer {
  const header = Buffer.alloc(42);
  header.write('fLaC');
  header.writeUInt32BE(0x80_00_00_22, 4);
  header.writeUInt16BE(blockSize, 8);
  header.writeUInt16BE(blockSize, 10);
  header.writeBigUInt64BE(
    (BigInt(sampleRate) << 44n) | (BigInt(channels - 1) << 41n) | (15n << 36n) | BigInt(total),
    18,
  );
  return header;
}

/** A frame of 16-bit samples, interleaved, or of silence that takes four bytes a channel. */
export function flacFrame(number: number, shape: FlacShape, samples?: Int16Array): Buffer {
  const { sampleRate, channels } = shape;
  const blockSize = samples === undefined ? shape.blockSize : samples.length / channels;
  const inTens = sampleRate > 65_535;
  const head = Buffer.from([
    0xff,
    0xf8,
    inTens ? 0x7e : 0x7d,
    ((channels - 1) << 4) | (4 << 1),
    ...coded(number),
    ...bigEndian(blockSize - 1),
    ...bigEndian(inTens ? sampleRate / 10 : sampleRate),
  ]);
  const body = Array.from({ length: channels }, (_, channel) =>
    samples === undefined ? Buffer.alloc(3) : verbatim(samples, channel, channels),
  );
  const frame = Buffer.concat([head, Buffer.of(crc(head, 8, 0x07)), ...body]);
  return Buffer.concat([frame, Buffer.from(bigEndian(crc(frame, 16, 0x8005)))]);
}

/** A whole file of interleaved samples. */
export function flacFile(samples: Int16Array, shape: FlacShape): Buffer {
  const step = shape.blockSize * shape.channels;
  const frames = Array.from({ length: Math.ceil(samples.length / step) }, (_, number) =>
    flacFrame(number, shape, samples.subarray(number * step, (number + 1) * step)),
  );
  return Buffer.concat([flacHeader(shape), ...frames]);
}

function verbatim(samples: Int16Array, channel: number, channels: number): Buffer {
  const own = samples.filter((_, at) => at % channels === channel);
  const bytes = Buffer.alloc(1 + own.length * 2, 0x02);
  own.forEach((sample, at) => bytes.writeInt16BE(sample, 1 + at * 2));
  return bytes;
}

/** As a character is in UTF-8. */
function coded(number: number): number[] {
  if (number < 0x80) return [number];
  if (number < 0x800) return [0xc0 | (number >> 6), 0x80 | (number & 63)];
  const [low, middle] = [0x80 | (number & 63), 0x80 | ((number >> 6) & 63)];
  if (number < 0x1_0000) return [0xe0 | (number >> 12), middle, low];
  return [0xf0 | (number >> 18), 0x80 | ((number >> 12) & 63), middle, low];
}

function bigEndian(number: number): [number, number] {
  return [number >> 8, number & 0xff];
}

/** A checksum as FLAC uses it: `width` is 8 or 16. */
export function crc(bytes: Uint8Array, width: number, polynomial: number): number {
  const top = 1 << (width - 1);
  let value = 0;
  for (const byte of bytes) {
    value ^= byte << (width - 8);
    for (let bit = 0; bit < 8; bit++) value = value & top ? (value << 1) ^ polynomial : value << 1;
    value &= 2 * top - 1;
  }
  return value;
}
