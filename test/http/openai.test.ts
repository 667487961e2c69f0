import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verboseTranscriptionSchema } from '../../src/http/openai/schemas.ts';
import { guestCache } from '../support/guest-cache.ts';
import { imageModel, readSample, speechModel } from '../support/models.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let sound: Buffer<ArrayBuffer>;

beforeAll(async () => {
  server = await startServer();
  sound = (await readSample(speechModel)).bytes;
});
afterAll(async () => server[Symbol.asyncDispose]());

/** Posts a form; `undefined` leaves a field out. */
async function transcribe(fields: Record<string, string | Blob | undefined> = {}): Promise<Response> {
  const form = new FormData();
  const all = { file: new Blob([sound], { type: 'audio/wav' }), model: speechModel, ...fields };
  for (const [name, value] of Object.entries(all)) {
    if (value instanceof Blob) form.append(name, value, 'speech.wav');
    else if (value !== undefined) form.append(name, value);
  }
  return fetch(`${server.url}/v1/audio/transcriptions`, { method: 'POST', body: form });
}

describe('POST /v1/audio/transcriptions', () => {
  let text: string;
  beforeAll(async () => {
    ({ text } = (await (await transcribe()).json()) as { text: string });
  });

  test('answers JSON with the text, and the length of the sound, unless told', async () => {
    const response = await transcribe();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('server-timing')).toContain('compute;dur=');
    expect(await response.json()).toEqual({
      text: expect.stringMatching(/\w+ \w+/),
      usage: { type: 'duration', seconds: expect.any(Number) },
    });
  });

  test('answers the bare text for response_format text', async () => {
    const response = await transcribe({ response_format: 'text' });
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe(`${text}\n`);
  });

  test('answers every field of the API for verbose_json', async () => {
    const response = await transcribe({ response_format: 'verbose_json', temperature: '0', language: 'en' });
    const body = (await response.json()) as { segments: unknown[] };
    verboseTranscriptionSchema.parse(body);
    expect(body).toMatchObject({ task: 'transcribe', language: 'en', duration: expect.any(Number), text });
    expect(body).not.toHaveProperty('words');
    expect(body.segments.length).toBeGreaterThan(0);
    expect(body.segments[0]).toEqual({
      id: 0,
      seek: expect.any(Number),
      start: expect.any(Number),
      end: expect.any(Number),
      text: expect.any(String),
      tokens: expect.any(Array),
      temperature: 0,
      avg_logprob: expect.any(Number),
      compression_ratio: expect.any(Number),
      no_speech_prob: 0,
    });
  });

  test.each([
    ['srt', 'application/x-subrip', /^1\n\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}\n.+\n/],
    ['vtt', 'text/vtt', /^WEBVTT\n\n\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}\n.+\n/],
  ])('answers cues for %s', async (format, type, cues) => {
    const response = await transcribe({ response_format: format });
    expect(response.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
    expect(await response.text()).toMatch(cues);
  });
});

/** The refusal of a field that the API has and this service, or this model, lacks. */
function unsupported(field: string): [string, string] {
  return [field, 'unsupported_value'];
}

describe('what cannot be served is refused in the shape that OpenAI clients parse', () => {
  test.each<readonly [string, number, string | null, string | null, () => Promise<Response>]>([
    ['no model', 400, 'model', null, async () => transcribe({ model: undefined })],
    ['an unknown model', 404, null, 'model_not_found', async () => transcribe({ model: 'whisper-1' })],
    ['a model for another task', 400, 'model', null, async () => transcribe({ model: imageModel })],
    ['no file', 400, 'file', null, async () => transcribe({ file: undefined })],
    ['an empty file', 400, 'file', null, async () => transcribe({ file: new Blob([]) })],
    ['text in the place of the file', 400, 'file', null, async () => transcribe({ file: 'text' })],
    ['a file in another field', 400, null, null, async () => transcribe({ audio: new Blob([sound]) })],
    ['an unknown field', 400, 'speed', null, async () => transcribe({ speed: '2' })],
    ['a field named __proto__', 400, '__proto__', null, async () => transcribe({ ['__proto__']: 'x' })],
    [
      'a format that does not exist',
      400,
      'response_format',
      null,
      async () => transcribe({ response_format: 'xml' }),
    ],
    ['a temperature out of range', 400, 'temperature', null, async () => transcribe({ temperature: '1.5' })],
    [
      'a temperature with which the model does not decode',
      400,
      null,
      'unsupported_value',
      async () => transcribe({ temperature: '0.2' }),
    ],
    ['a language that is no code', 400, 'language', null, async () => transcribe({ language: 'english' })],
    [
      'granularities without verbose_json',
      400,
      'timestamp_granularities',
      null,
      async () => transcribe({ 'timestamp_granularities[]': 'segment' }),
    ],
    ['a stream of yes', 400, 'stream', null, async () => transcribe({ stream: 'yes' })],
    [
      'words not timed by the model',
      400,
      ...unsupported('timestamp_granularities'),
      async () => transcribe({ response_format: 'verbose_json', 'timestamp_granularities[]': 'word' }),
    ],
    [
      'a granularity that does not exist',
      400,
      'timestamp_granularities',
      null,
      async () => transcribe({ response_format: 'verbose_json', timestamp_granularities: 'letter' }),
    ],
    [
      'a language that the model does not know',
      400,
      ...unsupported('language'),
      async () => transcribe({ language: 'de' }),
    ],
    [
      'a language that the model does not know, before the sound is decoded',
      400,
      ...unsupported('language'),
      async () => transcribe({ language: 'de', file: new Blob(['no sound']) }),
    ],
    [
      'log probabilities',
      400,
      ...unsupported('include'),
      async () => transcribe({ 'include[]': 'logprobs' }),
    ],
    [
      'speakers told apart',
      400,
      ...unsupported('response_format'),
      async () => transcribe({ response_format: 'diarized_json' }),
    ],
    [
      'names of speakers',
      400,
      ...unsupported('known_speaker_names'),
      async () => transcribe({ 'known_speaker_names[]': 'Anna' }),
    ],
    [
      'sounds of speakers',
      400,
      ...unsupported('known_speaker_references'),
      async () => transcribe({ 'known_speaker_references[]': 'data:audio/wav;base64,' }),
    ],
    [
      'words to listen for',
      400,
      ...unsupported('keywords'),
      async () => transcribe({ 'keywords[]': 'Beckett' }),
    ],
    ['several languages', 400, ...unsupported('languages'), async () => transcribe({ 'languages[]': 'en' })],
    [
      "a voice detector of the client's own making",
      400,
      ...unsupported('chunking_strategy'),
      async () =>
        transcribe({ 'chunking_strategy[type]': 'server_vad', 'chunking_strategy[threshold]': '0.5' }),
    ],
    [
      'another way to cut',
      400,
      'chunking_strategy',
      null,
      async () => transcribe({ chunking_strategy: 'fixed' }),
    ],
    [
      'another way to cut, in broken JSON',
      400,
      'chunking_strategy',
      null,
      async () => transcribe({ chunking_strategy: '{"type":"server_vad"' }),
    ],
    [
      'a translation',
      400,
      ...unsupported('model'),
      async () => fetch(`${server.url}/v1/audio/translations`, { method: 'POST', body: new FormData() }),
    ],
    [
      'a photo for a sound',
      415,
      null,
      null,
      async () => transcribe({ file: new Blob(['\x89PNG\r\n\x1a\n']) }),
    ],
    [
      'a body that is no form',
      415,
      null,
      null,
      async () => fetch(`${server.url}/v1/audio/transcriptions`, { method: 'POST', body: sound }),
    ],
    ['an unknown route', 404, null, null, async () => fetch(`${server.url}/v1/chat/completions`)],
    [
      'another method',
      405,
      null,
      'method_not_supported',
      async () => fetch(`${server.url}/v1/audio/transcriptions`),
    ],
    ...[
      'x',
      '__proto__',
      'openai%2Fwhisper-tiny',
      'openai/whisper-tiny',
      'w%C3%B6rter%20%22%3C',
      `${speechModel}@1`,
    ].map(
      (id) =>
        [
          `the model ${id} of the list`,
          404,
          null,
          'model_not_found',
          async () => fetch(`${server.url}/v1/models/${id}`),
        ] as const,
    ),
  ])('%s: %i', async (_, status, param, code, send) => {
    const response = await send();
    const body: unknown = await response.json();
    expect({ status: response.status, body }).toEqual({
      status,
      body: { error: { message: expect.stringMatching(/\w/), type: 'invalid_request_error', param, code } },
    });
    if (status === 405) expect(response.headers.get('allow')).toBe('POST');
  });
});

describe('what is wrong with a form is said by its field', () => {
  const fields = new Map<string, (string | Blob)[]>([
    ['model', [speechModel]],
    ['file', [new Blob(['sound'])]],
  ]);

  test.each<[string, string, (string | Blob)[], RegExp]>([
    ['one that is given twice', 'model', [speechModel, speechModel], /takes one value: give it once/],
    [
      'one that is no list',
      'response_format[]',
      ['json'],
      /"response_format" takes one value.*without brackets/,
    ],
    ['one that is given twice', 'language', ['en', 'en'], /takes one value: give it once/],
    ['a file without a name', 'file', ['x'], /holds no file: name a file in its part/],
    ['a long file without a name', 'file', ['x'.repeat(100_000)], /holds no file: name a file in its part/],
    ['one that is too long', 'prompt', ['x'.repeat(100_000)], /"prompt" has more than 65536 bytes/],
  ])('%s: %s', async (_, field, values, message) => {
    const form = new FormData();
    for (const [name, own] of new Map([...fields, [field, values]]))
      for (const value of own) form.append(name, value);
    const response = await fetch(`${server.url}/v1/audio/transcriptions`, { method: 'POST', body: form });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { message: expect.stringMatching(message), param: field.replace('[]', '') },
    });
  });
});

describe('a field that changes nothing here is taken', () => {
  test.each<[string, Record<string, string>]>([
    [
      'segments are timed in any case',
      { response_format: 'verbose_json', 'timestamp_granularities[]': 'segment' },
    ],
    ['the same without brackets', { response_format: 'verbose_json', timestamp_granularities: 'segment' }],
    ['long sound is cut at silences in any case', { chunking_strategy: 'auto' }],
    ['by a voice detector of this side', { 'chunking_strategy[type]': 'server_vad' }],
    ['the same in JSON, as generated clients send it', { chunking_strategy: '{"type":"server_vad"}' }],
    ['a model that takes no prompt ignores it', { prompt: 'A play by Beckett.' }],
    ['greedy is how it decodes', { temperature: '0' }],
    ['no stream', { stream: 'false' }],
  ])('%s', async (_, fields) => {
    expect((await transcribe(fields)).status).toBe(200);
  });
});

test('a prompt that the model does not take is named in its log', async () => {
  await using told = await startServer({ cacheDir: guestCache, logLevel: 'debug' });
  const form = new FormData();
  form.append('prompt', 'A play by Beckett.');
  form.append('model', speechModel);
  form.append('file', new Blob([sound]), 'speech.wav');
  await fetch(`${told.url}/v1/audio/transcriptions`, { method: 'POST', body: form });
  expect(told.log.map(({ msg }) => msg)).toContain('the prompt is ignored: this model takes none');
});

describe('GET /v1/models', () => {
  const entry = (id: string): object => ({
    id,
    object: 'model',
    created: expect.any(Number),
    owned_by: 'sandpiper',
  });

  test('lists every model', async () => {
    const response = await fetch(`${server.url}/v1/models`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ object: 'list', data: [imageModel, speechModel].map(entry) });
  });

  test('shows one of them by its exact name', async () => {
    expect(await (await fetch(`${server.url}/v1/models/${speechModel}`)).json()).toEqual(entry(speechModel));
  });
});
