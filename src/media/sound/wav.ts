import { adpcmSamples, pourAdpcm } from './adpcm.ts';
import type { AdpcmCoding } from './adpcm.ts';
import type { MonoSink } from './mono-sink.ts';
import { unsupported, unusable } from './refusals.ts';
import { pourPcm, sampleCoding } from './pcm.ts';
import type { CodingName } from './pcm.ts';

interface WavFormat {
  tag: number;
  channels: number;
  sampleRate: number;
  /** Bytes of all channels' next sample, or of an ADPCM block. */
  blockBytes: number;
  bits: number;
  /** WAVE_FORMAT_EXTENSIBLE, where a sample is left-justified in its container whatever `bits` says. */
  extensible: boolean;
}

const PCM = 1;
const MS_ADPCM = 2;
const FLOAT = 3;
const ALAW = 6;
const MULAW = 7;
const IMA_ADPCM = 0x11;
const EXTENSIBLE = 0xfffe;

/** Writers that do not know a size yet, as into a pipe, put one near the largest of 31 or 32 bits. */
const UNKNOWN_SIZE = 0x7fff_0000;

/** RIFF/WAVE: PCM of 8 to 32 bits, float of 32 and 64, A-law, mu-law, IMA and Microsoft ADPCM. */
export function decodeWav(bytes: Uint8Array, sink: MonoSink): void {
  let format: WavFormat | undefined;
  let factSamples: number | undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12; at + 8 <= bytes.byteLength;) {
    const id = view.getUint32(at);
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (id === fourCc('data')) {
      if (format === undefined) throw unusable('the WAV file has samples before their format');
      const rest = bytes.byteLength - start;
      // Some put 0 instead, and then in the file's own size as well.
      const open = size >= UNKNOWN_SIZE || (size === 0 && view.getUint32(4, true) === 0);
      if (!open && size > rest)
        throw unusable(`the WAV file is cut short: it declares ${size} bytes of samples and has ${rest}`);
      pour(bytes.subarray(start, open ? undefined : start + size), format, factSamples, sink);
      return;
    }
    if (start + size > bytes.byteLength) break;
    if (id === fourCc('fmt ')) format = readFormat(view, start, size);
    if (id === fourCc('fact') && size >= 4) factSamples = view.getUint32(start, true);
    at = start + size + (size % 2);
  }
  throw unusable('the WAV file has no samples');
}

function readFormat(view: DataView, at: number, size: number): WavFormat {
  if (size < 16) throw unusable('the header of the WAV file is damaged');
  const tag = view.getUint16(at, true);
  const extensible = tag === EXTENSIBLE;
  if (extensible && size < 40) throw unusable('the header of the WAV file is damaged');
  return {
    // The sub-format is a GUID whose first two bytes are the tag that it stands for.
    tag: extensible ? view.getUint16(at + 24, true) : tag,
    channels: view.getUint16(at + 2, true),
    sampleRate: view.getUint32(at + 4, true),
    blockBytes: view.getUint16(at + 12, true),
    bits: view.getUint16(at + 14, true),
    extensible,
  };
}

function pour(data: Uint8Array, format: WavFormat, factSamples: number | undefined, sink: MonoSink): void {
  const { tag, channels, sampleRate, blockBytes } = format;
  if (tag === IMA_ADPCM || tag === MS_ADPCM) {
    const coding: AdpcmCoding = tag === IMA_ADPCM ? 'ima' : 'ms';
    sink.begin({ sampleRate, channels });
    const perBlock = adpcmSamples(coding, blockBytes, channels);
    if (format.bits !== 4 || perBlock < 3) throw unusable('the header of the WAV file is damaged');
    const blocks = Math.ceil(data.byteLength / blockBytes);
    const total = Math.min(factSamples || Infinity, blocks * perBlock);
    pourAdpcm(data, coding, { channels, blockBytes, total }, sink);
    return;
  }
  const coding = sampleCoding(codingOf(format), true);
  if (coding.bytes * channels !== blockBytes) throw unusable('the header of the WAV file contradicts itself');
  sink.begin({ sampleRate, channels, samples: Math.floor(data.byteLength / blockBytes) });
  pourPcm(data, coding, channels, sink);
}

function codingOf({ tag, bits, channels, blockBytes, extensible }: WavFormat): CodingName {
  const container = extensible && channels > 0 ? (blockBytes / channels) * 8 : Math.ceil(bits / 8) * 8;
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
  const name = known[`${tag} ${container}`];
  if (name === undefined || bits > container) {
    throw unsupported(`A WAV file with samples of ${bits} bits and format tag ${tag}`);
  }
  return name;
}

function fourCc(text: string): number {
  return Buffer.from(text, 'latin1').readUInt32BE();
}
