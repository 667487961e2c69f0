import type { MonoSink } from './mono-sink.ts';
import { unsupported, unusable } from './sound-errors.ts';
import { type CodingName, pourPcm, sampleCoding } from './pcm.ts';

interface AiffFormat {
  channels: number;
  samples: number;
  bits: number;
  sampleRate: number;
  compression: string;
}

/** Before the samples of their chunk: the offset of the first, 0 in practice, and a block size. */
const SSND_HEAD = 8;

/** Sizes from here on are not those of a file that is accepted: the writer did not know its own. */
const PLACEHOLDER = 2 ** 30;

/**
 * AIFF and AIFF-C: PCM of 8 to 32 bits, big-endian (or little, `sowt`), float, A-law and mu-law.
 *
 * Interrupted recorders and writers to a pipe leave no size, or one beyond all files; then everything that follows is sound.
 */
export function decodeAiff(bytes: Uint8Array, sink: MonoSink): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number) => Buffer.from(bytes.subarray(at, at + 4)).toString('latin1');
  let format: AiffFormat | undefined;
  let data: Uint8Array | undefined;
  let open = false;
  for (let at = 12; at + 8 <= bytes.byteLength;) {
    const size = view.getUint32(at + 4);
    const start = at + 8;
    const rest = bytes.byteLength - start;
    if (text(at) === 'SSND' && rest >= SSND_HEAD) {
      open = size < SSND_HEAD || size >= PLACEHOLDER;
      data = bytes.subarray(start + SSND_HEAD + view.getUint32(start), open ? undefined : start + size);
      if (open) break;
    }
    if (size > rest) {
      // Anything behind the samples, where their number says that they are all there.
      if (format !== undefined && format.samples > 0 && data !== undefined && text(at) !== 'SSND') break;
      throw unusable('the AIFF file is cut short');
    }
    if (text(at) === 'COMM' && size >= 18) {
      format = {
        channels: view.getUint16(start),
        samples: view.getUint32(start + 2),
        bits: view.getUint16(start + 6),
        sampleRate: readExtended(view, start + 8),
        compression: size >= 22 ? text(start + 18) : 'NONE',
      };
    }
    at = start + size + (size % 2);
    sink.step();
  }
  if (format === undefined || data === undefined) throw unusable('the AIFF file has no samples');
  const coding = sampleCoding(codingOf(format), format.compression === 'sowt');
  const held = Math.floor(data.byteLength / (format.channels * coding.bytes));
  if (format.samples > held && !open) throw unusable('the AIFF file is cut short');
  sink.begin({ ...format, samples: held });
  pourPcm(data, coding, format.channels, sink);
}

function codingOf({ compression, bits }: AiffFormat): CodingName {
  const kind = compression.toLowerCase();
  if (kind === 'fl32') return 'f32';
  if (kind === 'fl64') return 'f64';
  if (kind === 'alaw') return 'alaw';
  if (kind === 'ulaw') return 'mulaw';
  // Samples are left-justified in whole bytes.
  const name = (['s8', 's16', 's24', 's32'] as const)[Math.ceil(bits / 8) - 1];
  if (!['none', 'twos', 'sowt'].includes(kind) || name === undefined) {
    throw unsupported(
      `An AIFF file with samples of ${bits} bits, compressed as ${JSON.stringify(compression)},`,
    );
  }
  return name;
}

/** A whole number of hertz from an 80-bit IEEE 754 float; 0 if it is out of range. */
function readExtended(view: DataView, at: number): number {
  const exponent = view.getUint16(at) - 16_383;
  if (exponent < 0 || exponent > 31) return 0;
  return Math.round(view.getUint32(at + 2) / 2 ** (31 - exponent));
}
