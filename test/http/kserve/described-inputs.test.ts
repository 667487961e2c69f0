/** What a model says of itself beyond its tensors: which inputs may be left out, and which parameters a request may have. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startScripted, type ScriptedServer } from '../../support/scripted-predictor.ts';

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScripted({
    table: {
      describe: `return {
          inputs: [
            { name: 'rows', description: 'Rows of numbers.', occurrence: 'optional', kind: { tag: 'json' } },
            { name: 'notes', description: 'What is known.', occurrence: 'repeated', kind: { tag: 'text' } },
            { name: 'weights', description: '', occurrence: 'required', kind: { tag: 'tensor', val: { elementType: 'float32', shape: [2] } } },
          ],
          parameters: [
            { name: 'top_k', description: 'How many labels.', kind: { tag: 'integer', val: { minimum: 1, maximum: 9, default: 5 } } },
            { name: 'threshold', description: '', kind: { tag: 'number', val: { minimum: 0 } } },
            { name: 'language', description: '', kind: { tag: 'text', val: { choices: ['en', 'de'], default: 'en' } } },
            { name: 'strict', description: '', kind: { tag: 'boolean', val: false } },
          ],
          outputs: [{ name: 'told', description: '', optional: false, kind: { tag: 'text' } }],
        };`,
      predict: `return [{ name: 'told', value: { tag: 'text', val: 'well' } }];`,
      sample: {
        inputs: { notes: ['one'], weights: { datatype: 'FP32', shape: [2], data: [1, 2] } },
        expect: { told: 'well' },
      },
    },
  });
});
afterAll(async () => server[Symbol.asyncDispose]());

interface Metadata {
  inputs: unknown;
  properties: Record<string, string>;
}

async function metadata(): Promise<Metadata> {
  return (await (await fetch(`${server.url}/v2/models/table`)).json()) as Metadata;
}

test('the metadata say of each input what it is, and whether it may be left out or come more than once', async () => {
  const once = { optional: false, repeated: false };
  expect((await metadata()).inputs).toEqual([
    {
      name: 'rows',
      datatype: 'BYTES',
      shape: [1],
      parameters: { ...once, kind: 'json', optional: true, description: 'Rows of numbers.' },
    },
    {
      name: 'notes',
      datatype: 'BYTES',
      shape: [-1],
      parameters: { ...once, kind: 'text', repeated: true, description: 'What is known.' },
    },
    {
      name: 'weights',
      datatype: 'FP32',
      shape: [2],
      parameters: { ...once, kind: 'tensor', description: '' },
    },
  ]);
});

test('the metadata have a property for each parameter, with the type, the range and the default of /openapi.json', async () => {
  const { properties } = await metadata();
  const parameters = Object.entries(properties)
    .filter(([key]) => key.startsWith('parameter.'))
    .map(([key, value]): [string, unknown] => [key.slice('parameter.'.length), JSON.parse(value)]);
  expect(Object.fromEntries(parameters)).toEqual({
    top_k: { type: 'integer', minimum: 1, maximum: 9, default: 5, description: 'How many labels.' },
    threshold: { type: 'number', minimum: 0, description: '' },
    language: { type: 'string', enum: ['en', 'de'], default: 'en', description: '' },
    strict: { type: 'boolean', default: false, description: '' },
  });
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    paths: Record<
      string,
      { post: { requestBody: { content: Record<string, { schema: { properties: object } }> } } }
    >;
  };
  const schema = document.paths['/models/table']?.post.requestBody.content['application/json']?.schema;
  expect(schema?.properties).toMatchObject({ parameters: { properties: Object.fromEntries(parameters) } });
});
