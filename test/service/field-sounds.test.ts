/** Sounds as other programs write them, through the service and the real model: what is said is what comes out. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flacFile } from '../media/support/flac.ts';
import { chunk, wavFile } from '../media/support/sounds.ts';
import { apeV2, id3v1, id3v2 } from '../media/support/tags.ts';
import { readSample, speechModel, modelsOf } from '../support/models.ts';
import { startServer, type TestServer } from '../support/server.ts';

// Whether there is a comma depends on the processor and on what a codec has left of the pause.
const WORDS = 'ever tried ever failed';

let server: TestServer;
let wav: Buffer;
let pcm: Buffer;
beforeAll(async () => {
  server = await startServer({ models: modelsOf([speechModel]), guestThreads: 1 });
  wav = (await readSample(speechModel)).bytes;
  pcm = wav.subarray(wav.indexOf('data') + 8);
});
afterAll(async () => server[Symbol.asyncDispose]());

const fixture = async (name: string) => readFile(new URL(`../media/fixtures/${name}`, import.meta.url));
const said = async (...parts: Uint8Array[]) =>
  words((await server.service.transcribe(speechModel, Buffer.concat(parts))).text);
const words = (text: string) => (text.toLowerCase().match(/\w+/g) ?? []).join(' ');

test('a WAV file that was never closed, or told a wrong size or block, is heard to its end', async () => {
  for (const [at, value] of [
    [40, 0],
    [40, 2_000_000_000],
    [32, 0x10_0001],
  ] as const) {
    const file = wavFile(pcm);
    file.writeUInt32LE(value, at);
    expect(await said(file)).toBe(WORDS);
  }
});

test('RF64 with a chunk behind its samples lasts as long as they do', async () => {
  const ds64 = Buffer.alloc(28);
  ds64.writeBigUInt64LE(BigInt(pcm.byteLength), 8);
  const data = chunk('data', pcm);
  data.writeUInt32LE(0xffff_ffff, 4);
  const head = [Buffer.from('RF64'), Buffer.alloc(4, 255), Buffer.from('WAVE'), chunk('ds64', ds64)];
  const file = Buffer.concat([
    ...head,
    wavFile(pcm).subarray(12, 36),
    data,
    chunk('axml', Buffer.alloc(320_000)),
  ]);
  const { text, duration } = await server.service.transcribe(speechModel, file);
  expect([words(text), duration]).toEqual([WORDS, pcm.byteLength / 32_000]);
});

test('FLAC between tags is heard', async () => {
  const samples = new Int16Array(pcm.byteLength / 2).map((_, at) => pcm.readInt16LE(at * 2));
  const shape = { sampleRate: 16_000, channels: 1, blockSize: 4_096, total: samples.length };
  const flac = flacFile(samples, shape);
  expect(await said(id3v2({ padding: 500 }), flac)).toBe(WORDS);
  expect(await said(id3v2({ footer: true }), flac, apeV2(), id3v1())).toBe(WORDS);
});

test('MP3 behind zeros, two of two sample rates in one file, and Opus laced into WebM are heard', async () => {
  expect(await said(await fixture('mp3-behind-zeros.mp3'))).toBe(WORDS);
  expect(await said(await fixture('webm-laced-opus.webm'))).toBe(WORDS);
  expect(await said(await fixture('mp3-rate-changes.mp3'))).toBe(`${WORDS} ${WORDS}`);
});
