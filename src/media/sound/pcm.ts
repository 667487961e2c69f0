import type { MonoSink } from './mono-sink.ts';

/** Encoding of one sample in a file. */
export interface SampleCoding {
  bytes: number;
  /** Reads the sample at a byte offset; full scale is -1 to 1. */
  read: (view: DataView, at: number) => number;
}

export type CodingName = 'u8' | 's8' | 's16' | 's24' | 's32' | 'f32' | 'f64' | 'alaw' | 'mulaw';

/** @param littleEndian byte order of samples of several bytes */
export function sampleCoding(name: CodingName, littleEndian: boolean): SampleCoding {
  switch (name) {
    case 'u8':
      return { bytes: 1, read: (view, at) => (view.getUint8(at) - 128) / 128 };
    case 's8':
      return { bytes: 1, read: (view, at) => view.getInt8(at) / 128 };
    case 's16':
      return { bytes: 2, read: (view, at) => view.getInt16(at, littleEndian) / 32_768 };
    case 's24': {
      const [high, low] = littleEndian ? [2, 0] : [0, 1];
      return {
        bytes: 3,
        read: (view, at) =>
          (view.getInt8(at + high) * 65_536 + view.getUint16(at + low, littleEndian)) / 2 ** 23,
      };
    }
    case 's32':
      return { bytes: 4, read: (view, at) => view.getInt32(at, littleEndian) / 2 ** 31 };
    case 'f32':
      return { bytes: 4, read: (view, at) => view.getFloat32(at, littleEndian) };
    case 'f64':
      return { bytes: 8, read: (view, at) => view.getFloat64(at, littleEndian) };
    case 'alaw':
      return { bytes: 1, read: (view, at) => ALAW[view.getUint8(at)] as number };
    case 'mulaw':
      return { bytes: 1, read: (view, at) => MULAW[view.getUint8(at)] as number };
  }
}

/** ITU-T G.711: eight bits that encode 13 (A-law) or 14 (mu-law), scaled to 16. */
const ALAW = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 15) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 256) << (exponent - 1);
  return (bits & 0x80 ? magnitude : -magnitude) / 32_768;
});

const MULAW = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return (bits & 0x80 ? -magnitude : magnitude) / 32_768;
});

/** Samples per channel that are written at once. */
const PIECE = 16_384;

/** Writes interleaved samples to the sink after its `begin`; drops an incomplete last frame. */
export function pourPcm(data: Uint8Array, coding: SampleCoding, channels: number, sink: MonoSink): void {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const frameBytes = coding.bytes * channels;
  const frames = Math.floor(data.byteLength / frameBytes);
  for (let first = 0; first < frames; first += PIECE) {
    const length = Math.min(PIECE, frames - first);
    const piece = Array.from({ length: channels }, (_, channel) => {
      const samples = new Float32Array(length);
      let at = first * frameBytes + channel * coding.bytes;
      for (let index = 0; index < length; index++, at += frameBytes) samples[index] = coding.read(view, at);
      return samples;
    });
    sink.write(piece);
  }
}
