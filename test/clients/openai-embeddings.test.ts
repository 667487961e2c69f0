/** npm `openai` and a model of the open contract that gives embeddings. */
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startScripted, type ScriptedModel, type ScriptedServer } from '../support/scripted-predictor.ts';

/** The length of each text, and how many came in its call. */
const embedder = (occurrence: string, parameters = ''): ScriptedModel => ({
  task: 'feature-extraction',
  describe: `return {
    inputs: [{ name: 'text', description: '', kind: { tag: 'text' }, occurrence: '${occurrence}' }],
    parameters: [${parameters}],
    outputs: [{ name: 'vectors', description: '', optional: false, kind: { tag: 'tensor', val: { elementType: 'float32', shape: [undefined, undefined] } } }],
  };`,
  predict: `const size = Number(parameter('dimensions') ?? 2);
    const texts = of('text');
    const values = texts.flatMap((text) => [text.length, texts.length].slice(0, size));
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
    broken: {
      ...embedder('required'),
      predict: embedder('required').predict.replace('text.length,', 'text.length / 0,'),
    },
    brain: {
      ...embedder('required'),
      describe: embedder('required').describe.replace('float32', 'bfloat16'),
      // The upper halves of 1.5 and -2.
      predict: `const data = new Uint8Array([0xc0, 0x3f, 0x00, 0xc0]);
        return [{ name: 'vectors', value: { tag: 'tensor', val: { elementType: 'bfloat16', shape: [1, 2], data } } }];`,
    },
    picky: {
      ...embedder('required'),
      predict: `if (of('text')[0] === '') refuse('invalid-input', 'the text has no word');
        ${embedder('required').predict}`,
    },
    'picky-of-many': {
      ...embedder('repeated'),
      predict: `if (of('text').includes('')) refuse('invalid-input', 'a text has no word');
        ${embedder('repeated').predict}`,
    },
    other: { ...embedder('required'), task: 'prediction' },
    'labels-first': {
      ...embedder('required'),
      describe: embedder('required').describe.replace(
        'outputs: [',
        `outputs: [{ name: 'words', description: '', optional: false, kind: { tag: 'json' } }, `,
      ),
      predict: embedder('required').predict.replace(
        'return [',
        `return [{ name: 'words', value: { tag: 'json', val: '[]' } }, `,
      ),
    },
  });
  client = new OpenAI({ apiKey: 'any', baseURL: `${server.url}/v1`, maxRetries: 0 });
});
afterAll(async () => server[Symbol.asyncDispose]());

test.each([
  ['one', 1],
  ['many', 2],
])('model %s gives a vector for each text, %i in a call, in either encoding', async (model, inCall) => {
  for (const format of [{}, { encoding_format: 'float' as const }]) {
    const { data } = await client.embeddings.create({ model, input: ['four', 'to'], ...format });
    expect(data.map(({ index, embedding }) => [index, embedding])).toEqual([
      [0, [4, inCall]],
      [1, [2, inCall]],
    ]);
  }
  const { data } = await client.embeddings.create({ model, input: 'one text' });
  expect(data.map(({ embedding }) => embedding)).toEqual([[8, 1]]);
});

test('2,048 texts are two calls; no tokens are counted, and the user is not looked at', async () => {
  const input = Array.from({ length: 2_048 }, (_, index) => 'a'.repeat(1 + (index % 5)));
  const { data, usage } = await client.embeddings.create({ model: 'many', input, user: 'somebody' });
  expect(data.map(({ embedding }) => embedding)).toEqual(input.map(({ length }) => [length, 1_024]));
  expect(usage).toEqual({ prompt_tokens: 0, total_tokens: 0 });
});

test('a vector in BF16 is given as floats, in either encoding', async () => {
  for (const format of [{}, { encoding_format: 'float' as const }]) {
    const { data } = await client.embeddings.create({ model: 'brain', input: 'four', ...format });
    expect(data.map(({ embedding }) => embedding)).toEqual([[1.5, -2]]);
  }
});

test('a vector of no numbers is refused', async () => {
  await expect(client.embeddings.create({ model: 'broken', input: 'four' })).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining('NaN or infinity') as string,
  });
});

test('tokens, no texts and more than 2,048 are refused', async () => {
  for (const input of [[1, 2], [[1], [2]], [], Array<string>(2_049).fill('a')]) {
    const other = client.embeddings.create({ model: 'many', input });
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

test.each([
  ['picky', ['four', ''], 'Text 2 of 2: the text has no word'],
  ['picky', [''], '422 the text has no word'],
  [
    'picky-of-many',
    Array.from({ length: 1_025 }, (_, at) => (at < 1_024 ? 'a' : '')),
    'Text 1025 of 1025: a text',
  ],
  [
    'picky-of-many',
    Array.from({ length: 1_025 }, (_, at) => (at > 0 ? 'a' : '')),
    'Texts 1 to 1024 of 1025: a text',
  ],
])('model %s says of several texts which it refuses', async (model, input, words) => {
  await expect(client.embeddings.create({ model, input })).rejects.toMatchObject({
    status: 422,
    message: expect.stringContaining(words) as string,
  });
});

test.each([
  ['other', 'its task is prediction'],
  ['labels-first', 'its first output, "words", is json and no tensor'],
])('model %s is refused with the reason, and with the models that give embeddings', async (model, reason) => {
  await expect(client.embeddings.create({ model, input: 'a' })).rejects.toMatchObject({
    status: 400,
    param: 'model',
    message: expect.stringMatching(
      new RegExp(`"${model}" gives no embeddings of texts: ${reason}. Those that do: .*"one"`),
    ) as string,
  });
});

test('a model that is not there is refused', async () => {
  await expect(client.embeddings.create({ model: 'none', input: 'a' })).rejects.toMatchObject({
    status: 404,
  });
});
