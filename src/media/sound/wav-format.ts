import type { CodingName } from './pcm.ts';
import { unsupported, unusable } from './refusals.ts';

/** What the chunk `fmt ` of a WAV file says. */
export interface WavFormat {
  tag: number;
  channels: number;
  /** Hertz. */
  sampleRate: number;
  bytesPerSecond: number;
  /** The size of an ADPCM block; else of all channels' next sample, which many writers get wrong. */
  blockBytes: number;
  bits: number;
}

const PCM = 1;
const FLOAT = 3;
const ALAW = 6;
const MULAW = 7;
const EXTENSIBLE = 0xfffe;

/** @throws SandpiperError `unusable-input` */
export function readWavFormat(view: DataView): WavFormat {
  if (view.byteLength < 16) throw unusable('the header of the WAV file is damaged');
  const tag = view.getUint16(0, true);
  const extensible = tag === EXTENSIBLE;
  if (extensible && view.byteLength < 40) throw unusable('the header of the WAV file is damaged');
  return {
    // The sub-format is a GUID whose first two bytes are the tag that it stands for.
    tag: extensible ? view.getUint16(24, true) : tag,
    channels: view.getUint16(2, true),
    sampleRate: view.getUint32(4, true),
    bytesPerSecond: view.getUint32(8, true),
    blockBytes: view.getUint16(12, true),
    bits: view.getUint16(14, true),
  };
}

/** How one sample of one channel lies in the file. @throws SandpiperError `unsupported-media` */
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
 * Samples lie left-justified in whole bytes, by the rule in as few as hold their bits. Only 17 to 24 bits are seen
 * in four bytes too, and that is believed where two fields say so.
 */
function containerBits({ bits, channels, sampleRate, bytesPerSecond, blockBytes }: WavFormat): number {
  const inFour = blockBytes === 4 * channels && bytesPerSecond === blockBytes * sampleRate;
  return bits > 16 && inFour ? 32 : Math.ceil(bits / 8) * 8;
}
