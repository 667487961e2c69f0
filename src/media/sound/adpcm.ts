import type { MonoSink } from './mono-sink.ts';
import { unusable } from './sound-errors.ts';

/** The two ADPCM codings of WAV files: four bits a sample, in blocks that decode alone. */
export type AdpcmCoding = 'ima' | 'ms';

// prettier-ignore
const IMA_STEPS = [
  7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97,
  107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796,
  876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428,
  4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385,
  24623, 27086, 29794, 32767,
];
const IMA_INDEX = [-1, -1, -1, -1, 2, 4, 6, 8];

const MS_ADAPT = [230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230];
const MS_COEFFICIENTS = [
  [256, 0],
  [512, -256],
  [0, 0],
  [192, 64],
  [240, 0],
  [460, -208],
  [392, -232],
] as const;

const HEADER_BYTES = { ima: 4, ms: 7 };
const HEADER_SAMPLES = { ima: 1, ms: 2 };

/** Samples per channel in a block of `blockBytes`. */
export function adpcmSamples(coding: AdpcmCoding, blockBytes: number, channels: number): number {
  const bytes = blockBytes - HEADER_BYTES[coding] * channels;
  if (bytes < 0) return 0;
  // IMA interleaves channels by groups of four bytes, eight samples.
  const nibbles =
    coding === 'ima' ? Math.floor(bytes / (4 * channels)) * 8 : Math.floor((bytes * 2) / channels);
  return HEADER_SAMPLES[coding] + nibbles;
}

/** Decodes the blocks into the sink after its `begin`. `total` caps the samples, since the last block may be padded. */
export function pourAdpcm(
  data: Uint8Array,
  coding: AdpcmCoding,
  shape: { channels: number; blockBytes: number; total: number },
  sink: MonoSink,
): void {
  const { channels, blockBytes, total } = shape;
  for (let at = 0; at < data.byteLength && sink.received < total; at += blockBytes) {
    const block = data.subarray(at, at + blockBytes);
    const samples = adpcmSamples(coding, block.byteLength, channels);
    if (samples === 0) break;
    const piece = Array.from({ length: channels }, () => new Float32Array(samples));
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    if (coding === 'ima') decodeIma(view, piece);
    else decodeMs(view, piece);
    const left = total - sink.received;
    sink.write(piece.map((channel) => channel.subarray(0, left)));
  }
}

function decodeIma(view: DataView, piece: Float32Array[]): void {
  piece.forEach((samples, channel) => {
    let value = view.getInt16(channel * 4, true);
    let index = Math.min(88, view.getUint8(channel * 4 + 2));
    samples[0] = value / 32_768;
    for (let at = 1; at < samples.length; at++) {
      const group = (at - 1) >> 3;
      const offset = ((group + 1) * piece.length + channel) * 4 + (((at - 1) & 7) >> 1);
      const nibble = (view.getUint8(offset) >> (((at - 1) & 1) * 4)) & 15;
      const step = IMA_STEPS[index] as number;
      let change = step >> 3;
      if (nibble & 1) change += step >> 2;
      if (nibble & 2) change += step >> 1;
      if (nibble & 4) change += step;
      value = clamp16(value + (nibble & 8 ? -change : change));
      index = Math.max(0, Math.min(88, index + (IMA_INDEX[nibble & 7] as number)));
      samples[at] = value / 32_768;
    }
  });
}

function decodeMs(view: DataView, piece: Float32Array[]): void {
  const channels = piece.length;
  piece.forEach((samples, channel) => {
    const coefficients = MS_COEFFICIENTS[view.getUint8(channel)];
    if (coefficients === undefined) throw unusable('an ADPCM block is damaged');
    let delta = view.getInt16(channels + channel * 2, true);
    let last = view.getInt16(channels * 3 + channel * 2, true);
    let before = view.getInt16(channels * 5 + channel * 2, true);
    samples[0] = before / 32_768;
    samples[1] = last / 32_768;
    for (let at = 2; at < samples.length; at++) {
      const nibbleIndex = (at - 2) * channels + channel;
      const byte = view.getUint8(channels * 7 + (nibbleIndex >> 1));
      const nibble = nibbleIndex & 1 ? byte & 15 : byte >> 4;
      const signed = nibble & 8 ? nibble - 16 : nibble;
      const predicted = (last * coefficients[0] + before * coefficients[1]) >> 8;
      before = last;
      last = clamp16(predicted + signed * delta);
      delta = Math.max(16, ((MS_ADAPT[nibble] as number) * delta) >> 8);
      samples[at] = last / 32_768;
    }
  });
}

function clamp16(value: number): number {
  return Math.max(-32_768, Math.min(32_767, value));
}
