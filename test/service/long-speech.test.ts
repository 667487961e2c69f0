import { afterAll, beforeAll, expect, test } from 'vitest';
import { SandpiperError } from '../../src/errors.ts';
import type { Transcription } from '../../src/service/api/tasks.ts';
import type { RequestOptions } from '../../src/service/api/request.ts';
import { silentFlac } from '../media/support/sound-attacks.ts';
import { longSpeech } from '../support/long-speech.ts';
import { imageModel, readSample, speechModel } from '../support/models.ts';
import { startServer, type TestServer } from '../support/server.ts';

// The least that there can be: one of each. Whatever goes on beside a long sound goes on because that gives way.
let server: TestServer;
let photo: Buffer;
let clip: Buffer;
let hour: Buffer;
beforeAll(async () => {
  server = await startServer({
    guestThreads: 1,
    concurrentRuns: 1,
    limits: { maxConcurrentTranscriptions: 2 },
  });
  photo = (await readSample(imageModel)).bytes;
  clip = (await readSample(speechModel)).bytes;
  hour = await longSpeech(120);
});
afterAll(async () => server[Symbol.asyncDispose]());

interface Long {
  /** It has told its first words. */
  begun: Promise<void>;
  /** The words so far. */
  text(): string;
  ended: Promise<Transcription | string>;
  hangUp(): void;
}

function startLong(sound: Buffer, options: RequestOptions = {}): Long {
  const controller = new AbortController();
  const begun = Promise.withResolvers<void>();
  let text = '';
  const ended = server.service
    .transcribe(speechModel, sound, {
      signal: controller.signal,
      ...options,
      onProgress: (update) => {
        text += update.text;
        if (text !== '') begun.resolve();
      },
    })
    .catch((error: unknown) => (error instanceof SandpiperError ? error.code : (error as Error).name));
  return { begun: begun.promise, text: () => text, ended, hangUp: () => controller.abort() };
}

async function metric(series: string): Promise<number> {
  const line = (await server.service.metrics()).split('\n').find((l) => l.startsWith(`sandpiper_${series} `));
  return Number(line?.split(' ').at(-1));
}

const nothingLeft = async () => {
  for (const series of [
    `requests_present{model="${speechModel}"}`,
    'requests_waiting{class="sound"}',
    'requests_waiting{class="long"}',
    'requests_running{class="sound"}',
    'requests_running{class="long"}',
    'guest_threads{state="paused"}',
    'guest_threads{state="working"}',
  ])
    await expect.poll(async () => metric(series), { interval: 5, timeout: 10_000 }).toBe(0);
};

test('a photo is answered while an hour of speech goes on, with one guest and one engine thread', async () => {
  const long = startLong(hour);
  await long.begun;
  for (let i = 0; i < 5; i++) {
    const { predictions } = await server.service.classify(imageModel, photo);
    expect(predictions[0]?.label).toBe('espresso');
  }
  expect(await metric('requests_running{class="long"}')).toBe(1);
  const before = long.text().length;
  await expect.poll(() => long.text().length, { interval: 20, timeout: 10_000 }).toBeGreaterThan(before);
  long.hangUp();
  expect(await long.ended).toBe('AbortError');
  await nothingLeft();
});

test('a short clip gets its turn between pieces of a long sound, which then goes on where it was', async () => {
  const sound = await longSpeech(12);
  const long = startLong(sound);
  await long.begun;
  const { text, timing } = await server.service.transcribe(speechModel, clip);
  expect(text).toContain('Ever tried');
  expect(timing.queue).toBeGreaterThan(0);
  const ended = (await long.ended) as Transcription;
  expect(ended.text).toBe(long.text());
  expect(ended.timing.queue).toBeGreaterThan(0);
  // As it is when nothing comes in between.
  const alone = await server.service.transcribe(speechModel, sound);
  expect(ended.text).toBe(alone.text);
  await nothingLeft();
});

test('a second long sound waits undecoded until the first is done, since the last place is for short ones', async () => {
  const [first, second] = [startLong(hour), startLong(hour, { client: 'other' })];
  await first.begun;
  await expect.poll(async () => metric('requests_waiting{class="long"}'), { interval: 5 }).toBe(1);
  await server.service.transcribe(speechModel, clip);
  expect(second.text()).toBe('');
  first.hangUp();
  await second.begun;
  second.hangUp();
  expect(await Promise.all([first.ended, second.ended])).toEqual(['AbortError', 'AbortError']);
  await nothingLeft();
});

test('files of a few kilobytes that last for half an hour are long sounds, and keep no clip of their own client waiting', async () => {
  const small = silentFlac(1_700, { sampleRate: 16_000, channels: 1 });
  const long = [1, 2, 3].map(() => startLong(small));
  await expect.poll(async () => metric('requests_running{class="long"}'), { interval: 5 }).toBe(1);
  await expect.poll(async () => metric('requests_waiting{class="long"}'), { interval: 5 }).toBe(2);
  const ended = Promise.race(long.map(async (one) => one.ended));
  const { text } = await server.service.transcribe(speechModel, clip);
  expect(text).toContain('Ever tried');
  expect(await Promise.race([ended, Promise.resolve('none has ended')])).toBe('none has ended');
  for (const one of long) one.hangUp();
  for (const one of long) expect(await one.ended).toBe('AbortError');
  await nothingLeft();
});

test('a long sound that sleeps while others have their turn ends at its deadline, and when its client goes', async () => {
  const clips = async (long: Long) => {
    const over = new AbortController();
    void long.ended.then(() => over.abort());
    // Two at a time, so that one always waits: the long sound sleeps most of the time.
    const client = async () => {
      while (!over.signal.aborted) await server.service.transcribe(speechModel, clip).catch(() => undefined);
    };
    await Promise.all([client(), client()]);
  };
  const late = startLong(hour, { deadlineMs: 1_500 });
  await clips(late);
  expect(await late.ended).toBe('deadline-exceeded');

  const gone = startLong(hour, { client: 'other' });
  await gone.begun;
  const asleep = (async () => {
    await expect
      .poll(async () => metric('guest_threads{state="paused"}'), { interval: 2, timeout: 10_000 })
      .toBe(1);
    gone.hangUp();
  })();
  await clips(gone);
  await asleep;
  expect(await gone.ended).toBe('AbortError');
  expect(await metric(`model_ready{model="${speechModel}"}`)).toBe(1);
  await nothingLeft();
});

test('a clip is answered while a sound of another client is still decoded, with one turn for both', async () => {
  // Seconds of work from a few kilobytes; its last frame is cut, so that it ends as soon as it is decoded.
  const slow = silentFlac(55, { sampleRate: 384_000, channels: 8 }).subarray(0, -9);
  let decoded = false;
  const refused = server.service
    .transcribe(speechModel, slow, { client: 'slow' })
    .catch((error: unknown) => (error as { code: string }).code)
    .finally(() => (decoded = true));
  const { text } = await server.service.transcribe(speechModel, clip, { client: 'other' });
  expect([text.length > 0, decoded]).toEqual([true, false]);
  expect(await refused).toBe('unusable-input');
  await nothingLeft();
});
