import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { SERVICE_LIMITS } from '../../src/config/limits.ts';
import { SoundDecoder } from '../../src/media/sound-decoder.ts';
import { amplitude, wav16, wavFile } from './support/sounds.ts';

const decoder = new SoundDecoder({ ...SERVICE_LIMITS, soundSeconds: 60 });
afterAll(async () => decoder[Symbol.asyncDispose]());

const fixture = async (name: string) => readFile(new URL(`fixtures/${name}`, import.meta.url));
const sine = (hertz: number, level: number) => (time: number) => level * Math.sin(2 * Math.PI * hertz * time);

function refusal(code: string, message: RegExp): unknown {
  return expect.objectContaining({ name: 'SandpiperError', code, message: expect.stringMatching(message) });
}

describe('SoundDecoder.decode() of WAV', () => {
  it('gives a mono 16-bit WAV of the wanted rate as exactly its integers / 32,768', async () => {
    const integers = Int16Array.from({ length: 70_000 }, (_, at) => ((at * 7_919) % 65_536) - 32_768);
    const samples = await decoder.decode(wavFile(new Uint8Array(integers.buffer)), 16_000);
    expect(samples).toEqual(Float32Array.from(integers, (value) => value / 32_768));
    expect(samples.byteLength).toBe(samples.buffer.byteLength);
  });

  const values = [0, 0.5, -0.5, 0.25, -1];
  const cases: [string, number, number, number, (view: DataView, at: number, value: number) => void][] = [
    ['8-bit', 1, 8, 1, (view, at, value) => view.setUint8(at, value * 128 + 128)],
    ['16-bit', 1, 16, 2, (view, at, value) => view.setInt16(at, value * 2 ** 15, true)],
    [
      '24-bit',
      1,
      24,
      3,
      (view, at, value) => {
        view.setUint8(at, 0);
        view.setInt16(at + 1, value * 2 ** 15, true);
      },
    ],
    ['32-bit', 1, 32, 4, (view, at, value) => view.setInt32(at, value * 2 ** 31, true)],
    ['32-bit float', 3, 32, 4, (view, at, value) => view.setFloat32(at, value, true)],
    ['64-bit float', 3, 64, 8, (view, at, value) => view.setFloat64(at, value, true)],
  ];
  for (const [name, tag, bits, bytes, write] of cases) {
    for (const extensible of [false, true]) {
      it(`reads ${name} samples${extensible ? ' of an extensible file' : ''} exactly`, async () => {
        const view = new DataView(new ArrayBuffer(values.length * bytes));
        values.forEach((value, at) => write(view, at * bytes, value));
        const file = wavFile(new Uint8Array(view.buffer), { tag, bits, extensible });
        expect([...(await decoder.decode(file, 16_000))]).toEqual(values);
      });
    }
  }

  it.each([
    ['valid bits', 38],
    ['bits', 34],
  ])('reads 24 bits in four bytes of an extensible file, where its %s are 24', async (_, at) => {
    const words = Int32Array.from(values, (value) => value * 2 ** 31);
    const file = wavFile(new Uint8Array(words.buffer), { bits: 32, channels: 1, extensible: true });
    file.writeUInt16LE(24, at);
    expect([...(await decoder.decode(file, 16_000))]).toEqual(values);
  });

  it('reads A-law and mu-law by the tables of G.711', async () => {
    const alaw = await decoder.decode(
      wavFile(Uint8Array.of(0xd5, 0x55, 0xaa, 0x2a, 0x80), { tag: 6, bits: 8 }),
      16_000,
    );
    expect([...alaw].map((sample) => sample * 32_768)).toEqual([8, -8, 32_256, -32_256, 5_504]);
    const mulaw = await decoder.decode(
      wavFile(Uint8Array.of(0xff, 0x7f, 0x80, 0x00, 0xf0), { tag: 7, bits: 8 }),
      16_000,
    );
    expect([...mulaw].map((sample) => sample * 32_768)).toEqual([0, 0, 32_124, -32_124, 120]);
  });

  it('mixes channels down to their mean', async () => {
    const file = wav16(0.01, { channels: 4 }, (_, channel) => [0.8, 0.4, -0.2, 0][channel] ?? 0);
    for (const sample of await decoder.decode(file, 16_000)) expect(sample).toBeCloseTo(0.25, 4);
  });

  it.each([44_100, 48_000, 8_000])(
    'keeps the frequency and level of a stereo tone at %i Hz',
    async (sampleRate) => {
      const file = wav16(1, { sampleRate, channels: 2 }, sine(1_000, 0.5));
      const samples = await decoder.decode(file, 16_000);
      expect(samples).toHaveLength(16_000);
      expect(amplitude(samples, 1_000)).toBeCloseTo(0.5, 3);
      for (const other of [500, 2_000, 3_000, 5_000]) expect(amplitude(samples, other)).toBeLessThan(1e-3);
    },
  );

  it('reads a file to its end when its writer did not know the size', async () => {
    const file = wav16(0.1, {}, sine(500, 0.5));
    for (const size of [0xffff_ffff, 0x7fff_ffff, 0]) {
      file.writeUInt32LE(size, 40);
      file.writeUInt32LE(size, 4);
      expect(await decoder.decode(file, 16_000)).toHaveLength(1_600);
    }
  });

  it('takes a view on a part of a buffer and leaves it as it was', async () => {
    const file = wav16(0.1, {}, sine(500, 0.5));
    const large = Buffer.concat([Buffer.alloc(3, 1), file, Buffer.alloc(5, 2)]);
    const before = Buffer.from(large);
    expect(await decoder.decode(large.subarray(3, 3 + file.length), 16_000)).toHaveLength(1_600);
    expect(large).toEqual(before);
  });
});

describe('SoundDecoder.decode() of compressed sounds', () => {
  it.each([
    ['tone.flac', 8_000, 1e-3],
    ['tone.mp3', 8_000, 0.03],
    ['tone-vorbis.ogg', 8_000, 0.03],
    ['tone-opus.ogg', 8_000, 0.03],
    ['tone.webm', 8_000, 0.03],
    ['tone-ima.wav', 8_080, 0.03],
    ['tone-ms.wav', 8_000, 0.03],
    ['tone.aiff', 1_600, 1e-3],
  ])('gives the tone of %s at its level and length', async (name, length, tolerance) => {
    const samples = await decoder.decode(await fixture(name), 16_000);
    expect(samples).toHaveLength(length);
    expect(Math.abs(amplitude(samples, 1_000) - 0.5)).toBeLessThan(tolerance);
    expect(amplitude(samples, 2_000)).toBeLessThan(0.02);
  });

  it('resamples Opus to a rate that it does not have by itself', async () => {
    const samples = await decoder.decode(await fixture('tone-opus.ogg'), 22_000);
    expect(samples).toHaveLength(11_000);
    expect(amplitude(samples, 1_000, 22_000)).toBeCloseTo(0.5, 1);
  });

  it.each(['tone.flac', 'tone-vorbis.ogg', 'tone-opus.ogg', 'tone.webm', 'tone.aiff'])(
    'refuses %s when it is cut short',
    async (name) => {
      const whole = await fixture(name);
      for (const share of [0.01, 0.3, 0.7, 0.99]) {
        const cut = whole.subarray(0, Math.max(16, whole.length * share));
        await expect(decoder.decode(cut, 16_000)).rejects.toMatchObject({ status: expect.any(Number) });
        await expect(decoder.decode(cut, 16_000)).rejects.toMatchObject({
          code: expect.stringMatching(/^(unusable-input|unsupported-media)$/),
        });
      }
    },
  );
});

describe('SoundDecoder.decode() refuses', () => {
  it('an empty body', async () => {
    await expect(decoder.decode(new Uint8Array(), 16_000)).rejects.toEqual(
      refusal('invalid-request', /is empty: send WAV/),
    );
  });

  it.each([
    ['M4A', 'tone.m4a', 'M4A '],
    ['MP4', 'tone.m4a', 'isom'],
    ['text', 'README.md', ''],
  ])('%s, naming what is accepted', async (_, name, brand) => {
    const file = Buffer.from(await fixture(name));
    file.write(brand, 8, 'latin1');
    await expect(decoder.decode(file, 16_000)).rejects.toEqual(
      refusal('unsupported-media', /send WAV, AIFF, FLAC, MP3, Ogg/),
    );
  });

  it('an MP3 of free format, by its name', async () => {
    const file = Buffer.alloc(9_000);
    file.set([0xff, 0xf3, 0x08, 0xc4]);
    for (const before of [Buffer.alloc(0), Buffer.from('ID3\x04\0\0\0\0\0\0')]) {
      await expect(decoder.decode(Buffer.concat([before, file]), 16_000)).rejects.toEqual(
        refusal('unsupported-media', /^An MP3 file of free format is not accepted/),
      );
    }
  });

  it('a sound in base64 that nobody declared', async () => {
    const file = Buffer.from((await fixture('tone.flac')).toString('base64'));
    await expect(decoder.decode(file, 16_000)).rejects.toEqual(
      refusal('unsupported-media', /^A file in base64, which was not decoded, is not accepted: send WAV/),
    );
  });

  it('a WAV with samples of an unknown kind', async () => {
    await expect(decoder.decode(wavFile(new Uint8Array(8), { tag: 85 }), 16_000)).rejects.toEqual(
      refusal('unsupported-media', /format tag 85/),
    );
  });

  it('a sound without samples, one of no numbers and one that contradicts itself', async () => {
    const rejects = async (file: Uint8Array, message: RegExp) =>
      expect(decoder.decode(file, 16_000)).rejects.toEqual(refusal('unusable-input', message));
    await rejects(wavFile(new Uint8Array()), /has no samples/);
    const float = { tag: 3, bits: 32 };
    await rejects(wavFile(new Uint8Array(Float32Array.of(0, NaN).buffer), float), /not numbers/);
    await rejects(wavFile(new Uint8Array(Float32Array.of(0, Infinity).buffer), float), /not numbers/);
    await rejects(wavFile(new Uint8Array(8), { sampleRate: 3 }), /sample rate is 3 Hz, expected 1000/);
    await rejects(wavFile(new Uint8Array(8), { channels: 0 }), /contradicts itself|0 channels/);
  });

  it('a sound that is longer than the limit, naming both, from its header or as it is decoded', async () => {
    await using strict = new SoundDecoder({ ...SERVICE_LIMITS, soundSeconds: 0.4 });
    for (const name of [
      'tone.flac',
      'tone.mp3',
      'tone-opus.ogg',
      'tone-vorbis.ogg',
      'tone.webm',
      'tone-ms.wav',
    ]) {
      await expect(strict.decode(await fixture(name), 16_000)).rejects.toEqual(
        refusal('input-too-large', /lasts 0\.\d seconds or longer, and at most 0\.4/),
      );
    }
    await expect(strict.decode(wav16(0.5, {}, sine(500, 0.5)), 16_000)).rejects.toEqual(
      refusal('input-too-large', /0\.5 seconds/),
    );
    expect(await strict.decode(await fixture('tone.aiff'), 16_000)).toHaveLength(1_600);
  });

  it('a sample rate that no component may ask for', async () => {
    await expect(decoder.decode(await fixture('tone.aiff'), 44_100.5)).rejects.toEqual(
      refusal('invalid-component', /44100\.5 Hz/),
    );
  });
});
