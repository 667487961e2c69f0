/** Sounds that tests make: WAV files sample by sample, and how loud one frequency is in what came back. */

export interface WavOptions {
  sampleRate?: number;
  channels?: number;
  /** Format tag; 1 is PCM. */
  tag?: number;
  bits?: number;
  /** WAVE_FORMAT_EXTENSIBLE around the tag. */
  extensible?: boolean;
}

/** A WAV file around bytes of samples. */
export function wavFile(data: Uint8Array, options: WavOptions = {}): Buffer {
  const { sampleRate = 16_000, channels = 1, tag = 1, bits = 16, extensible = false } = options;
  const block = (channels * bits) / 8;
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : tag, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(sampleRate, 4);
  format.writeUInt32LE((sampleRate * block) % 2 ** 32, 8);
  format.writeUInt16LE(block % 2 ** 16, 12);
  format.writeUInt16LE(bits, 14);
  if (extensible) {
    format.writeUInt16LE(22, 16);
    format.writeUInt16LE(bits, 18);
    format.writeUInt16LE(tag, 24);
    Buffer.from('000000001000800000aa00389b71', 'hex').copy(format, 26);
  }
  const body = Buffer.concat([Buffer.from('WAVE'), chunk('fmt ', format), chunk('data', data)]);
  return chunk('RIFF', body);
}

export function chunk(id: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(8, id);
  head.writeUInt32LE(body.byteLength, 4);
  return Buffer.concat([head, body, new Uint8Array(body.byteLength % 2)]);
}

/** A 16-bit WAV of `seconds`, where `sample` gives -1 to 1 by time and channel. */
export function wav16(
  seconds: number,
  options: WavOptions,
  sample: (time: number, channel: number) => number,
): Buffer {
  const { sampleRate = 16_000, channels = 1 } = options;
  const frames = Math.round(seconds * sampleRate);
  const data = new Int16Array(frames * channels);
  for (let at = 0; at < data.length; at++) {
    const value = sample(Math.floor(at / channels) / sampleRate, at % channels);
    data[at] = Math.round(value * 32_767);
  }
  return wavFile(new Uint8Array(data.buffer), options);
}

/** Amplitude of one frequency, full scale being 1, without the ends of the sound. */
export function amplitude(samples: Float32Array, hertz: number, sampleRate = 16_000): number {
  // Whole periods of any whole multiple of 100 Hz.
  const period = sampleRate / 100;
  const middle = samples.subarray(period * 2);
  const length = Math.floor((middle.length - period * 2) / period) * period;
  let real = 0;
  let imaginary = 0;
  for (let at = 0; at < length; at++) {
    const angle = (2 * Math.PI * hertz * at) / sampleRate;
    real += (middle[at] ?? 0) * Math.cos(angle);
    imaginary += (middle[at] ?? 0) * Math.sin(angle);
  }
  return (2 * Math.hypot(real, imaginary)) / length;
}
