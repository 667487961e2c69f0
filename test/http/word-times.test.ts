/** A model that gives times of words, asked by each convention; a service of one model. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verboseTranscriptionSchema } from '../../src/http/openai/schemas.ts';
import { transcriptSchema } from '../../src/http/huggingface/schemas.ts';
import { soundTo, speechGuest, startSpeechServer, type SpeechServer } from '../support/speech-guest.ts';

let server: SpeechServer;
const sound = soundTo('tell');
beforeAll(async () => {
  server = await startSpeechServer();
});
afterAll(async () => server[Symbol.asyncDispose]());

const words = [
  { word: 'Hello', start: 0, end: 0.05 },
  { word: 'world', start: 0.05, end: 0.1 },
];

test.each([
  [['word'], ['words']],
  [['segment'], ['segments']],
  [
    ['word', 'segment'],
    ['words', 'segments'],
  ],
  [[], ['segments']],
])('OpenAI verbose_json with granularities %j has %j', async (granularities, parts) => {
  const form = new FormData();
  form.append('file', new Blob([sound]), 'speech.wav');
  form.append('model', speechGuest);
  form.append('response_format', 'verbose_json');
  for (const granularity of granularities) form.append('timestamp_granularities[]', granularity);
  const response = await fetch(`${server.url}/v1/audio/transcriptions`, { method: 'POST', body: form });
  const body = verboseTranscriptionSchema.parse(await response.json());
  expect(Object.keys(body).filter((key) => key === 'words' || key === 'segments')).toEqual(parts);
  if (parts.includes('words')) expect(body.words).toEqual(words);
});

test('Hugging Face return_timestamps "word" has a chunk for each word, and true one for each segment', async () => {
  const chunks = async (kind: unknown): Promise<unknown> => {
    const body = JSON.stringify({
      inputs: sound.toString('base64'),
      parameters: { return_timestamps: kind },
    });
    const response = await fetch(`${server.url}/models/${speechGuest}`, { method: 'POST', body });
    return transcriptSchema.parse(await response.json()).chunks;
  };
  expect(await chunks('word')).toEqual(
    words.map(({ word, start, end }) => ({ text: word, timestamp: [start, end] })),
  );
  expect(await chunks(true)).toEqual([{ text: 'Hello world', timestamp: [0, 0.1] }]);
  expect(await chunks(false)).toBeUndefined();
});

test('POST / asks the only model of the service, as an Inference Endpoint', async () => {
  const response = await fetch(server.url, { method: 'POST', body: sound });
  expect([response.status, await response.json()]).toEqual([200, { text: 'Hello world' }]);
});

test('prompt and temperature come to the component, by OpenAI’s form and as parameters of tensors', async () => {
  const prompt = 'Größe 🙂';
  const form = new FormData();
  form.append('file', new Blob([soundTo('tellOptions')]), 'speech.wav');
  for (const [name, value] of Object.entries({ prompt, temperature: '0.25', model: speechGuest }))
    form.append(name, value);
  form.append('response_format', 'verbose_json');
  const response = await fetch(`${server.url}/v1/audio/transcriptions`, { method: 'POST', body: form });
  const body = verboseTranscriptionSchema.parse(await response.json());
  expect([body.text, body.segments?.[0]?.avg_logprob]).toEqual([prompt, 0.25]);

  const audio = { name: 'audio', datatype: 'BYTES', shape: [1], data: [soundTo('tellOptions')] } as const;
  const { outputs } = await server.service.infer(speechGuest, [audio], {
    parameters: { prompt, temperature: 0.25 },
  });
  expect(Buffer.from(outputs[0]?.data[0] as Uint8Array).toString()).toBe(prompt);
});
