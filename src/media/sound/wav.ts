import { adpcmSamples, pourAdpcm } from './adpcm.ts';
import type { MonoSink } from './mono-sink.ts';
import { unusable } from './sound-errors.ts';
import { pourPcm, sampleCoding } from './pcm.ts';
import { behindChunk, checkBehind, CHUNK_BYTES, chunkId, isChunk } from './wav-chunks.ts';
import { ADPCM, readWavFormat, wavCoding, type WavFormat } from './wav-format.ts';

const RIFF_BYTES = 12;

/** Marks a size that is in `ds64` because it exceeds 32 bits, or that the writer did not know. */
const ELSEWHERE = 0xffff_ffff;

/**
 * RIFF/WAVE, RF64 and BW64: PCM of 8 to 32 bits, float of 32 and 64, A-law, mu-law, IMA and Microsoft ADPCM.
 *
 * Interrupted recorders and writers to a pipe leave a wrong size; then everything that follows is sound.
 */
export function decodeWav(bytes: Uint8Array, sink: MonoSink): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: WavFormat | undefined;
  let factSamples: number | undefined;
  let largeSizes: ReadonlyMap<string, number> = new Map();
  for (let at = RIFF_BYTES; at + CHUNK_BYTES <= bytes.byteLength;) {
    const id = chunkId(bytes, at);
    const declared = view.getUint32(at + 4, true);
    // Some writers use 0 instead of all ones.
    const elsewhere = declared === ELSEWHERE || declared === 0;
    const size = elsewhere ? (largeSizes.get(id) ?? declared) : declared;
    const start = at + CHUNK_BYTES;
    const rest = bytes.byteLength - start;
    const next = behindChunk(bytes, start + size, size);
    if (id === 'data') {
      if (format === undefined) throw unusable('the WAV file has samples before their format');
      const open = size > rest || (size === 0 && !onlyChunks(bytes, view, start));
      if (open || size > 0) {
        if (!open) checkBehind(bytes.subarray(next), bytes.byteLength - next, format, sink.step);
        pour(bytes.subarray(start, open ? undefined : start + size), format, factSamples, sink);
        return;
      }
    }
    if (size > rest) break;
    const body = new DataView(bytes.buffer, bytes.byteOffset + start, size);
    if (id === 'ds64') largeSizes = readLargeSizes(bytes.subarray(start, start + size), body);
    if (id === 'fmt ') format = readWavFormat(body);
    if (id === 'fact' && size >= 4) factSamples = body.getUint32(0, true);
    at = next;
    sink.step();
  }
  throw unusable('the WAV file has no samples');
}

/** Whether only complete chunks follow, which means that an empty data chunk is really empty. */
function onlyChunks(bytes: Uint8Array, view: DataView, from: number): boolean {
  let at = from;
  while (isChunk(bytes, at)) {
    const size = view.getUint32(at + 4, true);
    at = behindChunk(bytes, at + CHUNK_BYTES + size, size);
  }
  return at === view.byteLength || at === view.byteLength + 1;
}

/** The chunk `ds64` (EBU Tech 3306, ITU-R BS.2088): 64-bit sizes by chunk id. */
function readLargeSizes(bytes: Uint8Array, body: DataView): ReadonlyMap<string, number> {
  if (body.byteLength < 24) return new Map();
  const sizes = new Map([['data', Number(body.getBigUint64(8, true))]]);
  const entries = body.byteLength >= 28 ? body.getUint32(24, true) : 0;
  for (let at = 28, entry = 0; entry < entries && at + 12 <= body.byteLength; entry++, at += 12) {
    sizes.set(chunkId(bytes, at), Number(body.getBigUint64(at + 4, true)));
  }
  return sizes;
}

function pour(data: Uint8Array, format: WavFormat, factSamples: number | undefined, sink: MonoSink): void {
  const { channels, sampleRate, blockBytes } = format;
  const adpcm = ADPCM.get(format.tag);
  if (adpcm !== undefined) {
    sink.begin({ sampleRate, channels });
    const perBlock = adpcmSamples(adpcm, blockBytes, channels);
    if (format.bits !== 4 || perBlock < 3) throw unusable('the header of the WAV file is damaged');
    const blocks = Math.ceil(data.byteLength / blockBytes);
    const total = Math.min(factSamples || Infinity, blocks * perBlock);
    pourAdpcm(data, adpcm, { channels, blockBytes, total }, sink);
    return;
  }
  const coding = sampleCoding(wavCoding(format), true);
  sink.begin({ sampleRate, channels, samples: Math.floor(data.byteLength / (coding.bytes * channels)) });
  pourPcm(data, coding, channels, sink);
}
