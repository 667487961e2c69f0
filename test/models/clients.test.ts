/** The sound and text models by the clients of others: npm `@huggingface/inference`, and the Open Inference Protocol. */
import { InferenceClient } from '@huggingface/inference';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyModels, readSample } from '../support/models.ts';
import { startServer, type TestServer } from '../support/server.ts';

const TEXT = 'pp-ocr-tiny';
const SOUND = 'yamnet';

let models: Awaited<ReturnType<typeof copyModels>>;
let server: TestServer;

beforeAll(async () => {
  models = await copyModels([TEXT, SOUND]);
  server = await startServer({ models: models.path });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});

function client(model: string): InferenceClient {
  return new InferenceClient('any').endpoint(`${server.url}/models/${model}`);
}

async function sample(model: string): Promise<Blob> {
  return new Blob([(await readSample(model)).bytes]);
}

test('imageToText gives the text, a line for a line', async () => {
  const { generated_text: text } = await client(TEXT).imageToText({ inputs: await sample(TEXT) });
  expect(text?.split('\n')).toEqual(['The sandpiper runs', 'along the water', 'Tide tables: 7:42']);
});

test('audioClassification gives as many labels as were asked for', async () => {
  const inputs = await sample(SOUND);
  expect((await client(SOUND).audioClassification({ inputs }))[0]).toMatchObject({ label: 'Telephone' });
  expect(await client(`${SOUND}?top_k=3`).audioClassification({ inputs })).toHaveLength(3);
});

test('The Open Inference Protocol has every output by its name', async () => {
  const { bytes } = await readSample(TEXT);
  const infer = async (outputs: { name: string }[]): Promise<{ name: string; data: string[] }[]> => {
    const response = await fetch(`${server.url}/v2/models/${TEXT}/infer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        inputs: [
          {
            name: 'picture',
            datatype: 'BYTES',
            shape: [1],
            parameters: { content_type: 'base64' },
            data: [bytes.toString('base64')],
          },
        ],
        outputs,
      }),
    });
    expect(response.status).toBe(200);
    return ((await response.json()) as { outputs: { name: string; data: string[] }[] }).outputs;
  };
  const [lines] = await infer([{ name: 'lines' }]);
  const read = JSON.parse(lines?.data[0] ?? '') as { text: string; score: number; polygon: number[][] }[];
  expect(read.map(({ text }) => text)).toEqual([
    'The sandpiper runs',
    'along the water',
    'Tide tables: 7:42',
  ]);
  expect(read[0]?.polygon).toHaveLength(4);
  expect((await infer([])).map(({ name }) => name)).toEqual(['text', 'lines']);
});
