/** Sounds decoded as they come: the same samples as those of the whole file, in whatever pieces it comes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodesLive, openLiveDecoder } from '../../src/media/live/open-live-decoder.ts';
import type { RawLiveFormat } from '../../src/media/live/raw-decoder.ts';
import { decodeWhole } from '../../src/media/sound/decode-whole.ts';
import { chunk, wavFile } from './support/sounds.ts';

const LIMITS = { soundStallMs: 20_000 };
const BOUNDS = { soundSeconds: 60, soundSamples: 1e9 };
const RATE = 16_000;

async function decodeLive(
  file: Uint8Array,
  size: number,
  format: 'auto' | RawLiveFormat = 'auto',
): Promise<Float32Array> {
  using decoder = openLiveDecoder(format, RATE, LIMITS);
  const parts: Float32Array[] = [];
  for (let at = 0; at < file.byteLength; at += size)
    parts.push(await decoder.push(file.subarray(at, at + size)));
  parts.push(await decoder.end());
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

const fixture = async (name: string): Promise<Uint8Array> =>
  readFile(join(import.meta.dirname, 'fixtures', name));

test.each(['tone.webm', 'webm-laced-opus.webm', 'tone-opus.ogg', 'tone-vorbis.ogg'])('%s', async (name) => {
  const file = await fixture(name);
  expect(decodesLive(file.subarray(0, 64))).toBe(true);
  const whole = await decodeWhole(file, RATE, BOUNDS);
  expect(whole.length).toBeGreaterThan(1_000);
  for (const size of [7, 1_000, file.byteLength]) expect(await decodeLive(file, size)).toEqual(whole);
});

test.each(['tone.flac', 'tone.mp3', 'tone.aiff'])(
  '%s is decoded as a whole only, which is said',
  async (name) => {
    const file = await fixture(name);
    expect(decodesLive(file.subarray(0, 64))).toBe(false);
    await expect(decodeLive(file, 1_000)).rejects.toMatchObject({
      code: 'unsupported-media',
      message: expect.stringMatching(/decoded as a whole only/),
    });
  },
);

test('an Ogg file that is cut short or damaged is refused where it is', async () => {
  const file = await fixture('tone-opus.ogg');
  await expect(decodeLive(file.subarray(0, -1), 100)).rejects.toMatchObject({ code: 'unusable-input' });
  const damaged = new Uint8Array(file);
  damaged.fill(0, Buffer.from(file).indexOf('OggS', 4));
  await expect(decodeLive(damaged, 100)).rejects.toMatchObject({ code: 'unusable-input' });
});

test('a packet of an Ogg file that goes on for ever is refused', async () => {
  using decoder = openLiveDecoder('auto', RATE, LIMITS);
  const file = Buffer.from(await fixture('tone-opus.ogg'));
  file.writeUInt8(0, file.lastIndexOf('OggS') + 5);
  const page = Buffer.alloc(27 + 255 + 255 * 255, 255);
  file.subarray(0, 27).forEach((byte, at) => (page[at] = byte));
  page.writeUInt8(1, 5);
  page.writeUInt8(255, 26);
  const send = async (): Promise<void> => {
    await decoder.push(file);
    for (let number = 0; number < 20; number++) {
      page.writeUInt32LE(number, 18);
      await decoder.push(page);
    }
  };
  await expect(send()).rejects.toMatchObject({ message: expect.stringMatching(/packet.*too large/) });
});

test.each(['tone-ima.wav', 'tone-ms.wav'])('%s is decoded as a whole only, which is said', async (name) => {
  const file = await fixture(name);
  expect(decodesLive(file.subarray(0, 64))).toBe(false);
  await expect(decodeLive(file, 1_000)).rejects.toMatchObject({
    code: 'unsupported-media',
    message: expect.stringMatching(/decoded as a whole only/),
  });
});

test.each(['tone.webm', 'tone-opus.ogg', 'tone-vorbis.ogg', 'tone.wav'])(
  '%s that has no sound is refused, and not taken for silence',
  async (name) => {
    const file = name === 'tone.wav' ? wavFile(Buffer.alloc(900)) : Buffer.from(await fixture(name));
    const sound = { webm: file.indexOf('1f43b675', 0, 'hex'), ogg: file.lastIndexOf('OggS'), wav: 44 };
    const head = file.subarray(0, sound[name.split('.')[1] as keyof typeof sound]);
    await expect(decodeLive(head, 100)).rejects.toMatchObject({ code: 'unusable-input' });
  },
);

test('a WebM file of pictures alone is refused', async () => {
  const file = Buffer.from(await fixture('tone.webm'));
  const kind = file.indexOf(Buffer.of(0x83, 0x81, 2)) + 2;
  file.writeUInt8(1, kind);
  await expect(decodeLive(file, 100)).rejects.toMatchObject({
    message: expect.stringMatching(/the WebM file has no sound/),
  });
});

test('a WAV file that ends before its samples begin is refused', async () => {
  const file = wavFile(Buffer.alloc(2_000, 1));
  for (const cut of [13, 30, 43]) {
    await expect(decodeLive(file.subarray(0, cut), 10)).rejects.toMatchObject({ code: 'unusable-input' });
  }
});

test('a WAV file with a chunk that lacks its padding is read', async () => {
  const plain = wavFile(Buffer.alloc(2_000, 1));
  const list = chunk('LIST', Buffer.alloc(27, 'x')).subarray(0, -1);
  const file = Buffer.concat([plain.subarray(0, 36), list, plain.subarray(36)]);
  for (const size of [7, 4_096]) expect(await decodeLive(file, size)).toEqual(await decodeLive(plain, size));
});

test('behind the samples of a WAV file chunks are left out, and more sound is refused at the end', async () => {
  const plain = wavFile(Buffer.alloc(2_001, 1));
  const right = await decodeLive(plain, 100);
  for (const behind of [chunk('LIST', Buffer.alloc(9_001, 1)), Buffer.alloc(9_000), Buffer.from('\r\n')]) {
    for (const size of [7, 4_096]) {
      expect(await decodeLive(Buffer.concat([plain, behind]), size)).toEqual(right);
    }
  }
  for (const behind of [plain, Buffer.alloc(9_000, Buffer.of(1, 0, 3, 0, 250, 255))]) {
    for (const size of [7, 4_096]) {
      await expect(decodeLive(Buffer.concat([plain, behind]), size)).rejects.toMatchObject({
        code: 'unusable-input',
      });
    }
  }
});

test('WAV of another rate and two channels', async () => {
  const file = wavFile(Buffer.from(Array.from({ length: 40_000 }, (_, at) => (at * 37) % 251)), {
    sampleRate: 44_100,
    channels: 2,
  });
  const whole = await decodeWhole(file, RATE, BOUNDS);
  for (const size of [13, 4_096]) expect(await decodeLive(file, size)).toEqual(whole);
});

test.each([
  ['mulaw', 7],
  ['alaw', 6],
] as const)('raw %s is what a WAV file of it is', async (encoding, tag) => {
  const data = Uint8Array.from({ length: 8_000 }, (_, at) => (at * 31) % 256);
  const whole = await decodeWhole(wavFile(data, { sampleRate: 8_000, tag, bits: 8 }), RATE, BOUNDS);
  expect(await decodeLive(data, 333, { encoding, sampleRate: 8_000 })).toEqual(whole);
});

test('numbers that are none, or far too loud, are silence', async () => {
  const bytes = new Uint8Array(Float32Array.of(0.5, Number.NaN, Infinity, -1e30, -0.5).buffer);
  expect([...(await decodeLive(bytes, 3, { encoding: 'f32', sampleRate: RATE }))]).toEqual([
    0.5, 0, 0, 0, -0.5,
  ]);
});

test('a decoder that was disposed of says so', async () => {
  const decoder = openLiveDecoder('auto', RATE, LIMITS);
  decoder[Symbol.dispose]();
  await expect(async () => decoder.push(new Uint8Array(100))).rejects.toMatchObject({ code: 'client-gone' });
});
