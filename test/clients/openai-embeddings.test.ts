/** npm `openai` and a model of the open contract that gives embeddings. */
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startScripted, type ScriptedModel, type ScriptedServer } from '../support/scripted-predictor.ts';

/** The length of each text, and one half. */
const embedder = (occurrence: string, parameters = ''): ScriptedModel => ({
  task: 'feature-extraction',
  describe: `return {
    inputs: [{ name: 'text', description: '', kind: { tag: 'text' }, occurrence: '${occurrence}' }],
    parameters: [${parameters}],
    outputs: [{ name: 'vectors', description: '', optional: false, kind: { tag: 'tensor', val: { elementType: 'float32', shape: [undefined, undefined] } } }],
  };`,
  predict: `const size = Number(parameter('dimensions') ?? 2);
    const texts = of('text');
    const values = texts.flatMap((text) => [text.length, 0.5].slice(0, size));
    const data = new Uint8Array(new Float32Array(values).buffer);
    return [{ name: 'vectors', value: { tag: 'tensor', val: { elementType: 'float32', shape: [texts.length, size], data } } }];`,
});

let server: ScriptedServer;
let client: OpenAI;
beforeAll(async () => {
  server = await startScripted({
    one: embedder('required'),
    many: embedder(
      'repeated',
      `{ name: 'dimensions', description: '', kind: { tag: 'integer', val: { minimum: 1, maximum: 2 } } }`,
    ),
    other: { ...embedder('required'), task: 'prediction' },
  });
  client = new OpenAI({ apiKey: 'any', baseURL: `${server.url}/v1`, maxRetries: 0 });
});
afterAll(async () => server[Symbol.asyncDispose]());

test.each(['one', 'many'])('model %s gives a vector for each text, in either encoding', async (model) => {
  for (const format of [{}, { encoding_format: 'float' as const }]) {
    const { data } = await client.embeddings.create({ model, input: ['four', 'to'], ...format });
    expect(data.map(({ index, embedding }) => [index, embedding])).toEqual([
      [0, [4, 0.5]],
      [1, [2, 0.5]],
    ]);
  }
  const { data } = await client.embeddings.create({ model, input: 'one text' });
  expect(data.map(({ embedding }) => embedding)).toEqual([[8, 0.5]]);
});

test('no tokens are counted, the user is not looked at, and there are 2,048 texts at most', async () => {
  const asked = { model: 'many', input: Array<string>(2_048).fill('a'), user: 'somebody' };
  const { data, usage } = await client.embeddings.create(asked);
  expect([data.length, usage]).toEqual([2_048, { prompt_tokens: 0, total_tokens: 0 }]);
  for (const count of [0, 2_049]) {
    const other = client.embeddings.create({ model: 'many', input: Array<string>(count).fill('a') });
    await expect(other).rejects.toMatchObject({
      status: 400,
      param: 'input',
      message: expect.stringContaining('expected a text, or a list of 1 to 2048 texts') as string,
    });
  }
});

test('dimensions are what the model makes of its parameter, and refused where it has none', async () => {
  const { data } = await client.embeddings.create({ model: 'many', input: 'four', dimensions: 1 });
  expect(data[0]?.embedding).toEqual([4]);
  await expect(client.embeddings.create({ model: 'one', input: 'a', dimensions: 1 })).rejects.toMatchObject({
    status: 400,
    param: 'dimensions',
  });
});

test('a model of another task, and one that is not there, are refused with the name of the field', async () => {
  await expect(client.embeddings.create({ model: 'other', input: 'a' })).rejects.toMatchObject({
    status: 400,
    param: 'model',
  });
  await expect(client.embeddings.create({ model: 'none', input: 'a' })).rejects.toMatchObject({
    status: 404,
  });
});
