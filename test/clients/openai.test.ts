/** npm `openai` with another base URL and nothing else, against the real service and its real model. */
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guestCache } from '../support/guest-cache.ts';
import { longSpeech } from '../support/long-speech.ts';
import { copyModels, imageModel, readSample, speechModel } from '../support/models.ts';
import { soundTo, speechGuest, writeSpeechGuest } from '../support/speech-guest.ts';
import { startServer, type TestServer } from '../support/server.ts';

// One transcription can run and one can wait: the next is one too many.
let server: TestServer;
let models: Awaited<ReturnType<typeof copyModels>>;
let openai: OpenAI;
let speech: File;
let long: File;
let text: string;

beforeAll(async () => {
  models = await copyModels([speechModel, imageModel], (manifest) => {
    manifest.limits = { ...manifest.limits, queueLength: 1 };
  });
  await writeSpeechGuest(models.path, { versions: [1, 2], limits: { deadlineMs: 3_000 } });
  server = await startServer({ models: models.path, cacheDir: guestCache, guestThreads: 1 });
  openai = client();
  speech = await toFile((await readSample(speechModel)).bytes, 'speech.wav');
  long = await toFile(await longSpeech(40), 'long.wav');
  ({ text } = await openai.audio.transcriptions.create({ file: speech, model: speechModel }));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});

function client(options: ConstructorParameters<typeof OpenAI>[0] = {}): OpenAI {
  return new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'any', ...options });
}

async function placesTaken(): Promise<number> {
  const line = new RegExp(`^sandpiper_requests_present\\{.*model="${speechModel}".*\\} (\\d+)$`, 'gm');
  const counts = (await server.service.metrics()).matchAll(line);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function untilTaken(places: number): Promise<void> {
  await expect.poll(placesTaken, { interval: 5, timeout: 20_000 }).toBe(places);
}

describe('audio.transcriptions.create', () => {
  test('json', async () => {
    const answer = await openai.audio.transcriptions.create({
      file: speech,
      model: speechModel,
      language: 'en',
      temperature: 0,
      prompt: 'Beckett',
      chunking_strategy: { type: 'server_vad' },
    });
    expect(answer).toEqual({
      text: expect.stringMatching(/\w+ \w+/),
      usage: { type: 'duration', seconds: expect.any(Number) },
    });
  });

  test('text', async () => {
    const answer = await openai.audio.transcriptions.create({
      file: speech,
      model: speechModel,
      response_format: 'text',
    });
    expect(answer).toBe(`${text}\n`);
  });

  test.each([
    ['srt', /^1\n\d\d:\d\d:\d\d,\d{3} --> .*\n.+\n$/],
    ['vtt', /^WEBVTT\n\n\d\d:\d\d:\d\d\.\d{3} --> .*\n.+\n$/],
  ] as const)('%s', async (format, cues) => {
    const answer = await openai.audio.transcriptions.create({
      file: speech,
      model: speechModel,
      response_format: format,
    });
    expect(answer).toMatch(cues);
  });

  test('verbose_json with segments', async () => {
    const answer = await openai.audio.transcriptions.create({
      file: speech,
      model: speechModel,
      response_format: 'verbose_json',
      timestamp_granularities: ['segment'],
    });
    expect(answer).toMatchObject({ text, language: 'en', duration: expect.any(Number) });
    expect(answer.segments?.[0]).toMatchObject({ id: 0, avg_logprob: expect.any(Number) });
    expect(answer.words).toBeUndefined();
  });
});

describe('stream: true', () => {
  test('gives the text as it comes; the deltas joined are the text of the last event', async () => {
    const stream = await openai.audio.transcriptions.create({
      file: speech,
      model: speechModel,
      stream: true,
    });
    const deltas: string[] = [];
    let done: OpenAI.Audio.TranscriptionTextDoneEvent | undefined;
    for await (const event of stream) {
      expect(done).toBeUndefined();
      if (event.type === 'transcript.text.delta') deltas.push(event.delta);
      else if (event.type === 'transcript.text.done') done = event;
    }
    expect(deltas.length).toBeGreaterThan(1);
    expect([deltas.join(''), done?.text]).toEqual([text, text]);
    expect(done?.usage).toMatchObject({ type: 'tokens', output_tokens: expect.any(Number) });
    await untilTaken(0);
  });

  test('begins long before the end, and leaving the loop frees the place', async () => {
    const stream = await openai.audio.transcriptions.create({ file: long, model: speechModel, stream: true });
    for await (const event of stream) {
      expect(event.type).toBe('transcript.text.delta');
      expect(await placesTaken()).toBe(1);
      break;
    }
    await untilTaken(0);
  });
});

describe('models', () => {
  test('list, each once whatever its versions', async () => {
    const ids: string[] = [];
    for await (const { id, object } of openai.models.list()) {
      expect(object).toBe('model');
      ids.push(id);
    }
    expect(ids).toEqual([speechGuest, imageModel, speechModel]);
  });

  test('retrieve', async () => {
    expect(await openai.models.retrieve(speechModel)).toEqual({
      id: speechModel,
      object: 'model',
      created: expect.any(Number),
      owned_by: 'sandpiper',
    });
  });
});

describe('errors are those that the client knows', () => {
  const create = async (
    params: Partial<OpenAI.Audio.TranscriptionCreateParamsNonStreaming>,
  ): Promise<unknown> => openai.audio.transcriptions.create({ file: speech, model: speechModel, ...params });

  test.each<[string, object, () => Promise<unknown>]>([
    [
      'a model that is not there',
      { code: 'model_not_found', status: 404 },
      async () => create({ model: 'whisper-1' }),
    ],
    [
      'a model of that name, retrieved',
      { code: 'model_not_found', status: 404 },
      async () => openai.models.retrieve('openai/whisper "tiny"'),
    ],
  ])('NotFoundError: %s', async (_, expected, call) => {
    const error: unknown = await call().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({
      type: 'invalid_request_error',
      requestID: expect.any(String),
      ...expected,
    });
  });

  test.each<[string, string, () => Promise<unknown>]>([
    ['a model for photos', 'model', async () => create({ model: imageModel })],
    ['another language', 'language', async () => create({ language: 'de' })],
    [
      'words',
      'timestamp_granularities',
      async () => create({ response_format: 'verbose_json', timestamp_granularities: ['word'] }),
    ],
    ['log probabilities', 'include', async () => create({ include: ['logprobs'] })],
    ['speakers', 'response_format', async () => create({ response_format: 'diarized_json' })],
    [
      'a detector of their own',
      'chunking_strategy',
      async () => create({ chunking_strategy: { type: 'server_vad', threshold: 0.5 } }),
    ],
    [
      'cues as a stream',
      'response_format',
      async () =>
        openai.audio.transcriptions.create({
          file: speech,
          model: speechModel,
          response_format: 'srt',
          stream: true,
        }),
    ],
    [
      'a translation',
      'model',
      async () => openai.audio.translations.create({ file: speech, model: speechModel }),
    ],
  ])('BadRequestError: %s', async (_, param, call) => {
    const error: unknown = await call().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ type: 'invalid_request_error', param });
  });

  test('APIError 415: what is no sound', async () => {
    const file = await toFile(Buffer.from('no sound'), 'speech.wav');
    await expect(create({ file })).rejects.toMatchObject({ status: 415, type: 'invalid_request_error' });
  });
});

describe('a component that fails', () => {
  test.each([
    ['trap', 502],
    ['loop', 504],
  ] as const)('is an InternalServerError that the client does not try again: %s', async (what, status) => {
    const calls: string[] = [];
    const watched = client({
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        if (response.url.startsWith(server.url)) calls.push(`${response.status}`);
        return response;
      },
    });
    const file = await toFile(soundTo(what), 'speech.wav');
    const error: unknown = await watched.audio.transcriptions
      .create({ file, model: speechGuest })
      .catch((reason: unknown) => reason);
    if (!(error instanceof OpenAI.InternalServerError)) throw error;
    expect(error).toMatchObject({ type: 'server_error', status });
    expect(error.headers.get('x-should-retry')).toBe('false');
    expect(calls).toEqual([`${status}`]);
  });

  test('in the middle of a stream ends the loop with an APIError, after what was told', async () => {
    const file = await toFile(soundTo('trap'), 'speech.wav');
    const stream = await openai.audio.transcriptions.create({ file, model: speechGuest, stream: true });
    const told: string[] = [];
    const error: unknown = await (async () => {
      for await (const event of stream) if (event.type === 'transcript.text.delta') told.push(event.delta);
    })().catch((reason: unknown) => reason);
    expect(told).toEqual(['Hello']);
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ type: 'server_error', message: expect.stringContaining('request id') });
  });
});

test('over capacity the client waits for as long as it is told, and then succeeds', async () => {
  const holders = [new AbortController(), new AbortController()];
  const held = holders.map(async ({ signal }) =>
    openai.audio.transcriptions
      .create({ file: long, model: speechModel }, { signal, maxRetries: 0 })
      .catch((error: unknown) => error),
  );
  await untilTaken(2);

  const statuses: [number, string | null][] = [];
  const watched = client({
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      // The client tries its fetch on a data: URL first.
      if (response.url.startsWith(server.url)) {
        statuses.push([response.status, response.headers.get('retry-after')]);
      }
      if (response.status === 429) for (const holder of holders) holder.abort();
      return response;
    },
  });
  const started = performance.now();
  const answer = await watched.audio.transcriptions.create({ file: speech, model: speechModel });
  const [first, ...rest] = statuses;
  expect(first).toEqual([429, expect.stringMatching(/^\d+$/)]);
  expect(rest.at(-1)?.[0]).toBe(200);
  expect(performance.now() - started).toBeGreaterThanOrEqual(Number(first?.[1]) * 1_000);
  expect(answer.text).toBe(text);
  for (const error of await Promise.all(held)) expect(error).toBeInstanceOf(OpenAI.APIUserAbortError);
});
