import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imageModel, readSample, speechModel } from '../support/models.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let photo: Awaited<ReturnType<typeof readSample>>;
let speech: Awaited<ReturnType<typeof readSample>>;

beforeAll(async () => {
  [server, photo, speech] = await Promise.all([
    startServer(),
    readSample(imageModel),
    readSample(speechModel),
  ]);
});
afterAll(async () => server[Symbol.asyncDispose]());

async function post(
  model: string,
  body: NonNullable<RequestInit['body']>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${server.url}/models/${model}`, { method: 'POST', body, headers });
}

function form(field: string, bytes: Uint8Array<ArrayBuffer>, fields: Record<string, string> = {}): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  data.append(field, new Blob([bytes]), 'upload');
  return data;
}

describe('a photo', () => {
  test('as the bare body without a Content-Type comes back as labels with scores, best first', async () => {
    const response = await post(imageModel, photo.bytes);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const labels = (await response.json()) as { label: string; score: number }[];
    expect(labels[0]?.label).toBe(photo.expect);
    expect(labels.map((entry) => Object.keys(entry).toSorted())).toEqual(
      labels.map(() => ['label', 'score']),
    );
    expect(labels.map(({ score }) => score)).toEqual(
      labels.map(({ score }) => score).toSorted((a, b) => b - a),
    );
  });

  test.each(['image/png', 'application/octet-stream', 'application/x-www-form-urlencoded', 'text/plain'])(
    'is read whatever its Content-Type says: %s',
    async (type) => {
      const response = await post(imageModel, photo.bytes, { 'content-type': type });
      expect(response.status).toBe(200);
    },
  );

  test.each([
    ['in the query', async () => post(`${imageModel}?top_k=2`, photo.bytes)],
    ['in a form', async () => post(imageModel, form('file', photo.bytes, { top_k: '2' }))],
    [
      'in JSON',
      async () =>
        post(
          imageModel,
          JSON.stringify({ inputs: photo.bytes.toString('base64'), parameters: { top_k: 2 } }),
          { 'content-type': 'application/json' },
        ),
    ],
  ])('with top_k %s comes back as that many labels', async (_, send) => {
    const response = await send();
    expect(response.status).toBe(200);
    expect(await response.json()).toHaveLength(2);
  });

  test('with function_to_apply has scores of that function, of as many labels as there are', async () => {
    const scores = async (name: string): Promise<number[]> => {
      const response = await post(`${imageModel}?top_k=100000&function_to_apply=${name}`, photo.bytes);
      return ((await response.json()) as { score: number }[]).map(({ score }) => score);
    };
    const [softmax, sigmoid, none] = await Promise.all(['softmax', 'sigmoid', 'none'].map(scores));
    expect(softmax).toHaveLength(1_000);
    expect(softmax?.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1);
    const expected = none?.map((score) => 1 / (1 + Math.exp(-score))) ?? [];
    expect(Math.max(...expected.map((score, at) => Math.abs(score - (sigmoid?.[at] ?? 0))))).toBeLessThan(
      1e-5,
    );
  });

  test.each(['image/png', 'text/html', '*/*'])(
    'is answered in JSON, whatever is accepted: %s',
    async (accept) => {
      const response = await post(imageModel, photo.bytes, { accept });
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        expect.stringMatching(/^application\/json/),
      ]);
    },
  );

  test('comes with the time that each stage took', async () => {
    const response = await post(imageModel, photo.bytes);
    const stages = response.headers.get('server-timing')?.split(', ') ?? [];
    for (const stage of stages) expect(stage).toMatch(/^[a-z]+;dur=\d+\.\d+$/);
    const names = stages.map((stage) => stage.split(';')[0]);
    expect(names).toEqual(expect.arrayContaining(['queue', 'media', 'guest', 'compute', 'total']));
  });
});

describe('speech', () => {
  test('comes back as text', async () => {
    const response = await post(speechModel, speech.bytes, { 'content-type': 'audio/wav' });
    expect(response.status).toBe(200);
    const answer = (await response.json()) as { text: string };
    expect(Object.keys(answer)).toEqual(['text']);
    expect(answer.text.split(' ').length).toBeGreaterThan(3);
  });

  test('with return_timestamps comes back with chunks whose texts make up the text', async () => {
    const response = await post(`${speechModel}?return_timestamps=true`, speech.bytes);
    const { text, chunks } = (await response.json()) as {
      text: string;
      chunks: { text: string; timestamp: [number, number] }[];
    };
    expect(chunks.length).toBeGreaterThan(0);
    for (const { timestamp } of chunks) expect(timestamp[0]).toBeLessThan(timestamp[1]);
    const words = (value: string): string[] => value.trim().split(/\s+/);
    expect(chunks.flatMap((chunk) => words(chunk.text))).toEqual(words(text));
  });
});

test('the options of the hosted service that change nothing here are taken', async () => {
  const options = { wait_for_model: true, use_cache: false };
  const body = JSON.stringify({ inputs: photo.bytes.toString('base64'), options });
  const headers = { 'x-wait-for-model': 'true', 'x-use-cache': 'false', accept: 'application/json' };
  expect((await post(imageModel, body, headers)).status).toBe(200);
});

describe('what cannot be served is refused as {"error": "..."}', () => {
  const base64 = Buffer.from('picture').toString('base64');
  const json = async (value: unknown): Promise<Response> => post(imageModel, JSON.stringify(value));
  test.each([
    ['an unknown model', 404, async () => post('nobody', 'x')],
    ['a model named like a part of every object', 404, async () => post('__proto__', 'x')],
    ['an id with an owner', 404, async () => post(`google/${imageModel}`, photo.bytes)],
    ['an id with an owner, encoded', 404, async () => post(`google%2F${imageModel}`, photo.bytes)],
    [
      'the path of the hosted router',
      404,
      async () =>
        fetch(`${server.url}/hf-inference/models/${imageModel}`, { method: 'POST', body: photo.bytes }),
    ],
    ['a path to a task', 404, async () => post(`${imageModel}/pipeline/feature-extraction`, 'x')],
    ['times of single words', 400, async () => post(`${speechModel}?return_timestamps=word`, speech.bytes)],
    [
      'timestamps of another kind',
      400,
      async () => post(`${speechModel}?return_timestamps=char`, speech.bytes),
    ],
    [
      'parameters of the decoder',
      400,
      async () =>
        post(
          speechModel,
          JSON.stringify({
            inputs: speech.bytes.toString('base64'),
            parameters: { generation_parameters: {} },
          }),
        ),
    ],
    ['an unknown option', 400, async () => json({ inputs: base64, options: { use_gpu: true } })],
    ['a link for a file', 400, async () => json({ inputs: 'https://example.com/cat.jpg' })],
    ['a path that is not percent-encoded', 400, async () => post('%E0%A4%A', 'x')],
    ['an empty body', 400, async () => post(imageModel, '')],
    ['an empty file in a form', 400, async () => post(imageModel, form('file', new Uint8Array()))],
    ['a form without a file', 400, async () => post(imageModel, form('image', photo.bytes))],
    [
      'text where a form has its file',
      400,
      async () => {
        const data = new FormData();
        data.append('file', 'text');
        return post(imageModel, data);
      },
    ],
    [
      'a broken form',
      400,
      async () => post(imageModel, 'garbage', { 'content-type': 'multipart/form-data; boundary=b' }),
    ],
    [
      'a form without a boundary',
      400,
      async () => post(imageModel, 'x', { 'content-type': 'multipart/form-data' }),
    ],
    ['an unknown parameter', 400, async () => post(`${imageModel}?topk=3`, photo.bytes)],
    ['an unusable parameter', 400, async () => post(`${imageModel}?top_k=0`, photo.bytes)],
    ['broken JSON', 400, async () => post(imageModel, '{"inputs":')],
    ['JSON of another shape', 400, async () => json({ input: base64 })],
    ['JSON whose file is not base64', 400, async () => json({ inputs: '!!' })],
    [
      'JSON in the alphabet of URLs, of any length',
      415,
      async () => json({ inputs: '_-'.repeat(8_000_000) }),
    ],
    ['JSON that is nested for ever', 400, async () => post(imageModel, `{"inputs":${'['.repeat(50_000)}`)],
    ['JSON that names __proto__', 400, async () => post(imageModel, `{"__proto__":{"inputs":"${base64}"}}`)],
    ['a compressed body', 415, async () => post(imageModel, photo.bytes, { 'content-encoding': 'gzip' })],
    ['a sound for a photo', 415, async () => post(imageModel, speech.bytes)],
    ['a photo for a sound', 415, async () => post(speechModel, photo.bytes)],
  ])('%s: %i', async (_, status, send) => {
    const response = await send();
    const body: unknown = await response.json();
    expect({ status: response.status, body }).toEqual({
      status,
      body: { error: expect.stringMatching(/\w/) },
    });
  });

  test.each([
    ['parameter', async () => post(`${imageModel}?topk=3`, photo.bytes), '"topk"'],
    ['option', async () => json({ inputs: base64, options: { use_gpu: true } }), 'use_gpu'],
    ['parameter over its range', async () => post(`${imageModel}?top_k=100001`, photo.bytes), '"top_k"'],
    ['function', async () => post(`${imageModel}?function_to_apply=relu`, photo.bytes), 'function_to_apply'],
  ])('a %s that is not taken is named', async (_, send, name) => {
    const response = await send();
    expect([response.status, await response.json()]).toEqual([400, { error: expect.stringContaining(name) }]);
  });

  test('the root of a service of several models says how to name one', async () => {
    const response = await fetch(server.url, { method: 'POST', body: photo.bytes });
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: expect.stringContaining('POST /models/{name}') },
    ]);
  });

  test('another method: 405 with Allow', async () => {
    const response = await fetch(`${server.url}/models/${imageModel}`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(await response.json()).toEqual({ error: expect.stringContaining('POST') });
  });

  test('the message for a file in another field names the field expected', async () => {
    const response = await post(imageModel, form('image', photo.bytes));
    expect(await response.json()).toEqual({ error: expect.stringContaining('"file"') });
  });
});
