/** Inputs that come as often as the client likes: several pictures, each with its parts, and several tensors. */
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startScripted, type ScriptedServer } from '../support/scripted-predictor.ts';

const picture = async (background: string): Promise<Buffer> =>
  sharp({ create: { width: 40, height: 20, channels: 3, background } })
    .png()
    .toBuffer();

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScripted({
    album: {
      describe: `const size = { tag: 'bounded', val: { longestSide: 16, multiple: 8, enlarge: false } };
        return {
          inputs: [
            { name: 'pictures', description: '', occurrence: 'repeated', kind: { tag: 'picture', val: { size, filter: 'bilinear', format: 'gray8', regions: true } } },
            { name: 'rows', description: '', occurrence: 'repeated', kind: { tag: 'tensor', val: { elementType: 'int16', shape: [2] } } },
          ],
          parameters: [],
          outputs: [{ name: 'told', description: '', optional: false, kind: { tag: 'json' } }],
        };`,
      predict: `const told = {
          pictures: of('pictures').map(({ width, height, originalWidth, scaleX }, at) => {
            const whole = { left: 0, top: 0, width: 40, height: 20 };
            return [width, height, originalWidth, scaleX, [...media.readRegion('pictures', at, whole, 1, 1, 'rgb8')]];
          }),
          rows: of('rows').map(({ data }) => [...data]),
        };
        return [{ name: 'told', value: { tag: 'json', val: JSON.stringify(told) } }];`,
      files: { 'a.png': await picture('red'), 'b.png': await picture('lime') },
      sample: {
        inputs: {
          pictures: [{ file: 'a.png' }, { file: 'b.png' }],
          rows: [{ datatype: 'INT16', shape: [2], data: [1, 2] }],
        },
        expect: { told: { rows: [[1, 0, 2, 0]] } },
      },
    },
  });
});
afterAll(async () => server[Symbol.asyncDispose]());

/** 16 x 8 and a multiple of 8. */
const told = (...colour: number[]): unknown[] => [16, 8, 40, expect.closeTo(0.4), colour];

test('the library gives lists', async () => {
  const row = (...data: number[]) => ({ datatype: 'INT16' as const, shape: [2], data: new Uint8Array(data) });
  const { outputs } = await server.service.predict('album', {
    pictures: [await picture('red'), await picture('lime'), await picture('blue')],
    rows: [row(1, 0, 2, 0), row(3, 0, 4, 0)],
  });
  expect(outputs['told']).toEqual({
    pictures: [told(255, 0, 0), told(0, 255, 0), told(0, 0, 255)],
    rows: [
      [1, 0, 2, 0],
      [3, 0, 4, 0],
    ],
  });
});

test('the Open Inference Protocol gives tensors with an element, or a row, for each value', async () => {
  const files = [await picture('blue'), await picture('red')].map((file) => file.toString('base64'));
  const inputs = [
    { name: 'pictures', datatype: 'BYTES', shape: [2], data: files, parameters: { content_type: 'base64' } },
    { name: 'rows', datatype: 'INT16', shape: [2, 2], data: [5, 6, 7, 8] },
  ];
  const response = await fetch(`${server.url}/v2/models/album/infer`, {
    method: 'POST',
    body: JSON.stringify({ inputs }),
  });
  const { outputs } = (await response.json()) as { outputs: { data: string[] }[] };
  expect(JSON.parse(outputs[0]?.data[0] ?? '')).toEqual({
    pictures: [told(0, 0, 255), told(255, 0, 0)],
    rows: [
      [5, 0, 6, 0],
      [7, 0, 8, 0],
    ],
  });
});

test('/openapi.json has a list of files in the form, and what the answer is in words', async () => {
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    paths: Record<string, { post: object }>;
  };
  expect(document.paths['/models/album']?.post).toMatchObject({
    requestBody: {
      content: {
        'multipart/form-data': {
          schema: {
            properties: {
              pictures: { type: 'array', items: { format: 'binary' }, minItems: 1 },
              rows: { type: 'array', items: { anyOf: [{ type: 'object' }, { type: 'array' }] } },
            },
          },
        },
      },
    },
    responses: { 200: { description: expect.stringContaining('each output by its name') as string } },
  });
});

test('a form gives files in one field, and what is missing is told', async () => {
  const form = new FormData();
  for (const colour of ['red', 'lime'])
    form.append('pictures', new Blob([new Uint8Array(await picture(colour))]), 'a.png');
  const response = await fetch(`${server.url}/models/album`, { method: 'POST', body: form });
  expect([response.status, await response.json()]).toEqual([
    400,
    { error: 'Input "rows" is missing: expected tensor.' },
  ]);
});
