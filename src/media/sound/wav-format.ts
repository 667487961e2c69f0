import type { AdpcmCoding } from './adpcm.ts';
import type { CodingName } from './pcm.ts';
import { unsupported, unusable } from './sound-errors.ts';

/** The chunk `fmt ` of a WAV file. */
export interface WavFormat {
  tag: number;
  channels: number;
  /** Hertz. */
  sampleRate: number;
  bytesPerSecond: number;
  /** Size of an ADPCM block; otherwise of one sample of all channels, which many writers get wrong. */
  blockBytes: number;
  bits: number;
}

const PCM = 1;
const FLOAT = 3;
const ALAW = 6;
const MULAW = 7;
const EXTENSIBLE = 0xfffe;

/** Format tags of ADPCM. */
export const ADPCM: ReadonlyMap<number, AdpcmCoding> = new Map([
  [2, 'ms'],
  [0x11, 'ima'],
]);

/** @throws SandpiperError `unusable-input` */
export function readWavFormat(view: DataView): WavFormat {
  if (view.byteLength < 16) throw unusable('the header of the WAV file is damaged');
  const tag = view.getUint16(0, true);
  const extensible = tag === EXTENSIBLE;
  if (extensible && view.byteLength < 40) throw unusable('the header of the WAV file is damaged');
  return {
    // The first two bytes of the sub-format's GUID are the format tag.
    tag: extensible ? view.getUint16(24, true) : tag,
    channels: view.getUint16(2, true),
    sampleRate: view.getUint32(4, true),
    bytesPerSecond: view.getUint32(8, true),
    blockBytes: view.getUint16(12, true),
    bits: view.getUint16(14, true),
  };
}

/** The coding of one sample of one channel. @throws SandpiperError `unsupported-media` */
export function wavCoding(format: WavFormat): CodingName {
  const { tag, bits } = format;
  const known: Record<string, CodingName> = {
    [`${PCM} 8`]: 'u8',
    [`${PCM} 16`]: 's16',
    [`${PCM} 24`]: 's24',
    [`${PCM} 32`]: 's32',
    [`${FLOAT} 32`]: 'f32',
    [`${FLOAT} 64`]: 'f64',
    [`${ALAW} 8`]: 'alaw',
    [`${MULAW} 8`]: 'mulaw',
  };
  const name = known[`${tag} ${containerBits(format)}`];
  if (name === undefined) {
    throw unsupported(`A WAV file with samples of ${bits} bits and format tag ${tag}`);
  }
  return name;
}

/**
 * Samples are left-justified in the fewest bytes that hold their bits. 17 to 24 bits may also be in four bytes, if two
 * fields agree on that.
 */
function containerBits({ bits, channels, sampleRate, bytesPerSecond, blockBytes }: WavFormat): number {
  const inFour = blockBytes === 4 * channels && bytesPerSecond === blockBytes * sampleRate;
  return bits > 16 && inFour ? 32 : Math.ceil(bits / 8) * 8;
}
