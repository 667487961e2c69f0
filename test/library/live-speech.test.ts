/** Live sound through the library: an async iterable in, events out. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  openSandpiper,
  type LiveEvent,
  type LiveInput,
  type LiveOptions,
  type Sandpiper,
} from '../../src/index.ts';
import { guestCache } from '../support/guest-cache.ts';
import { copyModels, readSample, speechModel, modelsOf } from '../support/models.ts';
import { speechGuest, writeSpeechGuest } from '../support/speech-guest.ts';

let sandpiper: Sandpiper;
let models: Awaited<ReturnType<typeof copyModels>>;
let wav: Buffer;

beforeAll(async () => {
  models = await copyModels([speechModel]);
  await writeSpeechGuest(models.path);
  sandpiper = await openSandpiper({
    models: models.path,
    cacheDir: guestCache,
    logLevel: 'silent',
    limits: { liveIdleMs: 500, liveSilenceMs: 3_000, liveSoundSeconds: 3_600 },
  });
  wav = (await readSample(speechModel)).bytes;
});
afterAll(async () => {
  await sandpiper.close();
  await models[Symbol.asyncDispose]();
});

async function* pieces<Chunk extends Uint8Array | Float32Array>(
  sound: Chunk,
  size: number,
): AsyncGenerator<Chunk> {
  for (let at = 0; at < sound.length; at += size) yield sound.subarray(at, at + size) as Chunk;
}

async function listen(sound: LiveInput, options: LiveOptions = {}): Promise<LiveEvent[]> {
  const events: LiveEvent[] = [];
  for await (const event of sandpiper.transcribeLive(speechModel, sound, options)) events.push(event);
  return events;
}

function textOf(events: readonly LiveEvent[]): string {
  return events.flatMap((event) => (event.kind === 'turn' ? event.text : [])).join(' ');
}

function samplesOf(file: Buffer): Float32Array {
  const data = file.subarray(file.indexOf('data', 12, 'latin1') + 8);
  return Float32Array.from({ length: data.length >> 1 }, (_, at) => data.readInt16LE(at * 2) / 32_768);
}

describe('transcribeLive', () => {
  const said = /^ever tried[.,]? ever failed\.$/i;

  test('takes a WAV file byte by byte as it is written', async () => {
    expect(textOf(await listen(pieces(wav, 1_000)))).toMatch(said);
  });

  test('takes samples as numbers, and as bytes of a law', async () => {
    const sampleRate = wav.readUInt32LE(24);
    const samples = samplesOf(wav);
    expect(textOf(await listen(pieces(samples, 1_600), { format: { encoding: 'f32', sampleRate } }))).toMatch(
      said,
    );
    const stereo = Float32Array.from({ length: samples.length * 2 }, (_, at) => samples[at >> 1] ?? 0);
    const format = { encoding: 'f32' as const, sampleRate, channels: 2 };
    expect(textOf(await listen(pieces(stereo, 3_201), { format }))).toMatch(said);
  });

  test('stable words are never taken back, and the turn begins with them', async () => {
    const events = await listen(pieces(wav, 3_200));
    let stable = '';
    for (const event of events) {
      if (event.kind === 'words') stable += event.stable;
      if (event.kind !== 'turn') continue;
      expect(event.text.startsWith(stable)).toBe(true);
      expect(event.end).toBeGreaterThan(event.start);
      stable = '';
    }
  });

  test('says nothing in silence, in noise and in a hum', async () => {
    const format = { encoding: 'f32' as const, sampleRate: 16_000 };
    const sounds = [
      new Float32Array(32_000),
      Float32Array.from({ length: 32_000 }, (_, at) => Math.sin(at * at) * 0.05),
      Float32Array.from({ length: 32_000 }, (_, at) => Math.sin(at / 30) * 0.3),
    ];
    for (const sound of sounds) expect(textOf(await listen(pieces(sound, 1_600), { format }))).toBe('');
  });

  test.each([
    ['a file of another format', Buffer.from('fLaC'.padEnd(200, '\0')), 'unsupported-media'],
    ['no file', Buffer.alloc(200, 'x'), 'unsupported-media'],
    [
      'a WebM file that is damaged',
      Buffer.concat([Buffer.from('1a45dfa3', 'hex'), Buffer.alloc(400, 0)]),
      'unusable-input',
    ],
  ])('refuses %s', async (_, bytes, code) => {
    await expect(listen(pieces(bytes, 50))).rejects.toMatchObject({ code });
  });

  test('hands on what the source throws, and refuses chunks that are no sound', async () => {
    const own = new Error('the microphone is gone');
    await expect(
      listen(
        (async function* () {
          yield wav.subarray(0, 2_000);
          throw own;
        })(),
      ),
    ).rejects.toBe(own);
    await expect(listen(ReadableStream.from(['text']) as never)).rejects.toMatchObject({
      code: 'invalid-request',
    });
  });

  test('who stops reading frees the place', async () => {
    for (let round = 0; round < 10; round++) {
      for await (const event of sandpiper.transcribeLive(speechModel, pieces(wav, 3_200))) {
        expect(event.kind).toBe('speech-started');
        break;
      }
    }
  });
});

describe('limits', () => {
  const format = { encoding: 'f32' as const, sampleRate: 16_000 };

  test('liveIdleMs ends a sound of which nothing comes', async () => {
    using live = sandpiper.openLive(speechModel, { format });
    await live.write(new Float32Array(1_600));
    await expect(Array.fromAsync(live)).rejects.toMatchObject({
      code: 'upload-too-slow',
      message: expect.stringMatching(/liveIdleMs/),
    });
    await expect(live.write(new Float32Array(1))).rejects.toMatchObject({ code: 'upload-too-slow' });
  });

  test('liveSilenceMs ends a sound in which nobody speaks', async () => {
    const silence = (async function* () {
      for (;;) yield new Float32Array(16_000);
    })();
    await expect(listen(silence, { format })).rejects.toMatchObject({
      code: 'unusable-input',
      message: expect.stringMatching(/liveSilenceMs/),
    });
  });

  test('liveSoundSeconds ends one that is longer', async () => {
    await using short = await openSandpiper({
      models: modelsOf([speechModel]),
      cacheDir: guestCache,
      logLevel: 'silent',
      limits: { liveSoundSeconds: 20 },
    });
    using live = short.openLive(speechModel, { format });
    const listening = Array.fromAsync(live).catch(() => []);
    await expect(live.write(new Float32Array(21 * 16_000))).rejects.toMatchObject({
      code: 'input-too-large',
      message: expect.stringMatching(/liveSoundSeconds/),
    });
    await listening;
  });
});

test('a model whose component knows no live sound serves files, and refuses live ones with the reason', async () => {
  expect(sandpiper.models().find(({ name }) => name === speechGuest)?.speech).toMatchObject({ live: false });
  expect(() => sandpiper.openLive(speechGuest)).toThrow(
    /takes whole sounds only: its component does not import/,
  );
});

test('closing lets a sentence that is being said come to its end', async () => {
  await using other = await openSandpiper({
    models: modelsOf([speechModel]),
    cacheDir: guestCache,
    logLevel: 'silent',
  });
  const format = { encoding: 's16' as const, sampleRate: wav.readUInt32LE(24) };
  using live = other.openLive(speechModel, { format, turns: { silenceMs: 900 } });
  const sound = Buffer.concat([wav.subarray(44), Buffer.alloc(format.sampleRate * 2)]);
  const events: LiveEvent[] = [];
  let closing: Promise<void> | undefined;
  const listening = (async () => {
    for await (const event of live) {
      events.push(event);
      if (event.kind === 'speech-started') closing = other.close(20_000);
    }
  })();
  await live.write(sound);
  await listening;
  await closing;
  expect(textOf(events)).toMatch(/^ever tried[.,]? ever failed\.$/i);
  expect(() => other.openLive(speechModel)).toThrow(/shutting down/);
});
