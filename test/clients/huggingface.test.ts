/** npm `@huggingface/inference` with the URL of a model and nothing else, against the real service and its real models. */
import { InferenceClient, InferenceClientProviderApiError } from '@huggingface/inference';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imageModel, readSample, speechModel } from '../support/models.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { soundTo, startSpeechServer } from '../support/speech-guest.ts';

let server: TestServer;
let photo: Awaited<ReturnType<typeof readSample>>;
let speech: Awaited<ReturnType<typeof readSample>>;

beforeAll(async () => {
  server = await startServer();
  [photo, speech] = await Promise.all([readSample(imageModel), readSample(speechModel)]);
});
afterAll(async () => server[Symbol.asyncDispose]());

function client(model: string): InferenceClient {
  return new InferenceClient('any').endpoint(`${server.url}/models/${model}`);
}

function arrayBufferOf(bytes: Buffer<ArrayBuffer>): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

describe('imageClassification', () => {
  test.each<[string, () => Blob | ArrayBuffer]>([
    ['a Blob with its type', () => new Blob([photo.bytes], { type: 'image/png' })],
    ['a Blob without a type', () => new Blob([photo.bytes])],
    ['an ArrayBuffer', () => arrayBufferOf(photo.bytes)],
  ])('of %s gives labels with scores, best first', async (_, data) => {
    const labels = await client(imageModel).imageClassification({ data: data() });
    expect(labels[0]).toEqual({ label: photo.expect, score: expect.any(Number) });
  });

  test('with the endpoint named in the call', async () => {
    const endpointUrl = `${server.url}/models/${imageModel}`;
    const labels = await new InferenceClient().imageClassification({
      inputs: new Blob([photo.bytes]),
      endpointUrl,
    });
    expect(labels[0]?.label).toBe(photo.expect);
  });

  test('with top_k, which the client drops beside a file, in the URL', async () => {
    const labels = await client(`${imageModel}?top_k=2`).imageClassification({
      data: new Blob([photo.bytes]),
    });
    expect(labels).toHaveLength(2);
  });
});

describe('automaticSpeechRecognition', () => {
  test('gives the text', async () => {
    const { text } = await client(speechModel).automaticSpeechRecognition({
      data: new Blob([speech.bytes], { type: 'audio/wav' }),
    });
    expect(text).toMatch(/\w+ \w+/);
  });

  test('gives chunks with return_timestamps in the URL', async () => {
    const { text, chunks } = await client(`${speechModel}?return_timestamps=true`).automaticSpeechRecognition(
      { data: arrayBufferOf(speech.bytes) },
    );
    expect(chunks?.map((chunk) => chunk.text).join(' ')).toBe(text);
    expect(chunks?.[0]?.timestamp).toEqual([expect.any(Number), expect.any(Number)]);
  });
});

test('a service of one model is asked at its root; set aside, it is an error and not asked for ever', async () => {
  await using one = await startSpeechServer();
  const endpoint = new InferenceClient().endpoint(one.url);
  const ask = async (what: 'tell' | 'trap'): Promise<unknown> =>
    endpoint.automaticSpeechRecognition({ data: new Blob([soundTo(what)]) }).catch((error: unknown) => error);
  expect(await ask('tell')).toEqual({ text: 'Hello world' });

  for (let time = 0; time < 5; time++) {
    expect(await ask('trap')).toMatchObject({ httpResponse: { status: 502 } });
  }
  expect(await ask('tell')).toMatchObject({
    message: expect.stringContaining('is set aside'),
    httpResponse: { status: 502 },
  });
});

describe('errors are those that the client knows, with our message', () => {
  test.each<[number, string, RegExp, () => Promise<unknown>]>([
    [
      404,
      'a model that is not there',
      /There is no model "nobody"/,
      async () => client('nobody').imageClassification({ data: new Blob([photo.bytes]) }),
    ],
    [
      404,
      'an id with an owner',
      /There is no model "google\/vit"/,
      async () => client('google/vit').imageClassification({ data: new Blob([photo.bytes]) }),
    ],
    [
      415,
      'a sound for a photo',
      /photo|picture|image/i,
      async () => client(imageModel).imageClassification({ data: new Blob([speech.bytes]) }),
    ],
    [
      400,
      'times of words',
      /no times of single words/,
      async () =>
        client(`${speechModel}?return_timestamps=word`).automaticSpeechRecognition({
          data: new Blob([speech.bytes]),
        }),
    ],
  ])('%i: %s', async (status, _, message, call) => {
    const error: unknown = await call().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InferenceClientProviderApiError);
    expect(error).toMatchObject({
      message: expect.stringMatching(message),
      httpResponse: { status, requestId: expect.stringMatching(/./), body: { error: expect.any(String) } },
    });
  });
});
