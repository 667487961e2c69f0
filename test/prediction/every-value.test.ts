/** Every kind of value into a component of the open contract and out of it, by the library. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wavFile } from '../media/support/sounds.ts';
import { startScripted, type ScriptedModel, type ScriptedServer } from '../support/scripted-predictor.ts';

const input = (name: string, kind: string, occurrence = 'optional') =>
  `{ name: '${name}', description: '', kind: ${kind}, occurrence: '${occurrence}' }`;
const output = (name: string, kind: string) =>
  `{ name: '${name}', description: '', kind: ${kind}, optional: true }`;

const EVERYTHING: ScriptedModel = {
  describe: `return {
    inputs: [
      ${input('pictures', `{ tag: 'picture', val: { size: { tag: 'exact', val: { width: 4, height: 2, fit: 'pad' } }, filter: 'nearest', format: 'rgb8', regions: true } }`, 'optional')},
      ${input('sound', `{ tag: 'sound', val: { sampleRate: 16000 } }`)},
      ${input('text', `{ tag: 'text' }`)},
      ${input('texts', `{ tag: 'text' }`, 'optional')},
      ${input('file', `{ tag: 'file' }`)},
      ${input('json', `{ tag: 'json', val: '{"type":"object","required":["a"]}' }`)},
      ${input('strict', `{ tag: 'json', val: '{"properties":{"a":{}},"additionalProperties":false}' }`)},
      ${input('tensor', `{ tag: 'tensor', val: { elementType: 'float32', shape: [undefined, 2] } }`)},
    ],
    parameters: [
      { name: 'loud', description: '', kind: { tag: 'boolean', val: false } },
      { name: 'count', description: '', kind: { tag: 'integer', val: { minimum: 1, maximum: 9, default: 3 } } },
      { name: 'share', description: '', kind: { tag: 'number', val: { minimum: 0, maximum: 1 } } },
      { name: 'mode', description: '', kind: { tag: 'text', val: { choices: ['a', 'b'], default: 'a' } } },
    ],
    outputs: [
      ${output('json', `{ tag: 'json' }`)},
      ${output('text', `{ tag: 'text' }`)},
      ${output('labels', `{ tag: 'labels' }`)},
      ${output('tensor', `{ tag: 'tensor', val: { elementType: 'float32', shape: [undefined, 2] } }`)},
      ${output('media', `{ tag: 'media', val: ['image/png', 'image/jpeg'] }`)},
    ],
  };`,
  predict: `
    const told = request.inputs.map(({ name, value }) => {
      const { tag, val } = value;
      if (tag === 'picture') return [name, { ...val, pixels: [...val.pixels] }];
      if (tag === 'sound') return [name, [Number(val), Number(media.soundLength(name, 0)), [...media.readSound(name, 0, 0, 4)]]];
      if (tag === 'tensor') return [name, { ...val, shape: [...val.shape], data: [...val.data] }];
      return [name, tag === 'file' ? [...val] : val];
    });
    const parameters = request.parameters.map(({ name, value }) => [name, value.tag, String(value.val)]);
    const all = [
      { name: 'json', value: { tag: 'json', val: JSON.stringify({ told, parameters, wanted: request.wanted }) } },
      { name: 'text', value: { tag: 'text', val: 'grüße' } },
      { name: 'labels', value: { tag: 'labels', val: [{ label: 'b', score: 0.75 }, { label: 'a', score: 0.25 }] } },
      { name: 'tensor', value: { tag: 'tensor', val: { elementType: 'float32', shape: [1, 2], data: new Uint8Array(new Float32Array([1.5, -2]).buffer) } } },
      { name: 'media', value: { tag: 'media', val: { mediaType: 'image/png', data: new Uint8Array([1, 2, 3]) } } },
    ];
    return parameter('loud') ? all.slice(1, 2) : all;`,
};

let server: ScriptedServer;

beforeAll(async () => {
  server = await startScripted({ everything: EVERYTHING });
});
afterAll(async () => server[Symbol.asyncDispose]());

interface Told {
  json: { told: [string, unknown][]; parameters: unknown[]; wanted: string[] };
}

async function tell(inputs: Parameters<ScriptedServer['service']['predict']>[1], options = {}) {
  const { outputs } = await server.service.predict<Told>('everything', inputs, options);
  return outputs.json;
}

describe('a component gets', () => {
  test('a text, a file, JSON and a tensor as they were given', async () => {
    const data = new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer);
    const { told } = await tell({
      text: 'hello',
      file: Uint8Array.of(1, 2),
      json: { a: [1, null] },
      tensor: { datatype: 'FP32', shape: [2, 2], data },
    });
    expect(told).toEqual([
      ['text', 'hello'],
      ['file', [1, 2]],
      ['json', '{"a":[1,null]}'],
      ['tensor', { elementType: 'float32', shape: [2, 2], data: [...data] }],
    ]);
  });

  test("a picture of the size that it wants, and where the client's lies in it", async () => {
    const png = await sharp({ create: { width: 10, height: 10, channels: 3, background: '#0a141e' } })
      .png()
      .toBuffer();
    const { told } = await tell({ pictures: png });
    const pixel = [10, 20, 30];
    const black = [0, 0, 0];
    expect(told).toEqual([
      [
        'pictures',
        {
          width: 4,
          height: 2,
          format: 'rgb8',
          originalWidth: 10,
          originalHeight: 10,
          left: -5,
          top: 0,
          scaleX: expect.closeTo(0.2),
          scaleY: expect.closeTo(0.2),
          pixels: [black, pixel, pixel, black, black, pixel, pixel, black].flat(),
        },
      ],
    ]);
  });

  test('a sound by windows, at its rate', async () => {
    const { told } = await tell({ sound: Buffer.from(wavFile(new Uint8Array(3_200))) });
    expect(told).toEqual([['sound', [1_600, 1_600, [0, 0, 0, 0]]]]);
  });

  test('parameters, those that were left out with their defaults', async () => {
    const { parameters } = await tell({}, { parameters: { count: 5, share: 0.5 } });
    expect(parameters).toEqual([
      ['loud', 'boolean', 'false'],
      ['count', 'integer', '5'],
      ['share', 'number', '0.5'],
      ['mode', 'text', 'a'],
    ]);
  });
});

test('a parameter that is null in JSON was left out', async () => {
  const body = JSON.stringify({
    inputs: {},
    parameters: { loud: null, count: null, share: null, mode: null },
    outputs: ['json'],
  });
  const response = await fetch(`${server.url}/models/everything`, { method: 'POST', body });
  const { outputs } = (await response.json()) as { outputs: Told };
  expect(outputs.json.parameters).toEqual([
    ['loud', 'boolean', 'false'],
    ['count', 'integer', '3'],
    ['mode', 'text', 'a'],
  ]);
});

test.each([
  ['a file that is not there', '/a/b.png', 'Input "pictures": The file /a/b.png cannot be read (ENOENT).'],
  ['what is no file', { a: 1 }, 'Input "pictures": Expected the file as a Uint8Array'],
])('a program that gives %s is told which input that was', async (_, pictures, words) => {
  await expect(tell({ pictures })).rejects.toThrow(words);
});

test('JSON that does not fit its schema is refused in one sentence', async () => {
  await expect(tell({ json: {} })).rejects.toThrow(
    /^Input "json" does not fit its JSON schema: [^.]*"a"[^.]*\.$/,
  );
});

test('JSON with a property that its schema does not have is refused by the name of the property', async () => {
  await expect(tell({ strict: { a: 1, b: 2 } })).rejects.toThrow(
    /^Input "strict" does not fit its JSON schema: there is no property "b"\.$/,
  );
});

test('every kind of output comes as a program reads it', async () => {
  const { outputs } = await server.service.predict('everything', {});
  expect(outputs).toEqual({
    json: expect.objectContaining({ told: [] }),
    text: 'grüße',
    labels: [
      { label: 'b', score: 0.75 },
      { label: 'a', score: 0.25 },
    ],
    tensor: { datatype: 'FP32', shape: [1, 2], data: new Uint8Array(new Float32Array([1.5, -2]).buffer) },
    media: { mediaType: 'image/png', bytes: Uint8Array.of(1, 2, 3) },
  });
});

test('outputs that nobody asked for are left out', async () => {
  const { outputs } = await server.service.predict('everything', {}, { outputs: ['text'] });
  expect(outputs).toEqual({ text: 'grüße' });
});

test('by the Open Inference Protocol each output is a tensor of its name, and optional ones may be missing', async () => {
  const infer = async (body: object) => {
    const response = await fetch(`${server.url}/v2/models/everything/infer`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    const { outputs } = (await response.json()) as { outputs: { name: string; data: unknown[] }[] };
    return outputs.map(({ name, data }) => [name, data]);
  };
  expect((await infer({ inputs: [] })).slice(1)).toEqual([
    ['text', ['grüße']],
    ['labels', ['b', 'a']],
    ['labels_scores', [0.75, 0.25]],
    ['tensor', [1.5, -2]],
    ['media', ['\u0001\u0002\u0003']],
    ['media_type', ['image/png']],
  ]);
  expect(await infer({ inputs: [], parameters: { loud: true } })).toEqual([['text', ['grüße']]]);
});

test('by the Open Inference Protocol a file comes in base64 in JSON, where it is asked for so', async () => {
  const asked = [{ name: 'media', parameters: { content_type: 'base64' } }, { name: 'text' }];
  const response = await fetch(`${server.url}/v2/models/everything/infer`, {
    method: 'POST',
    body: JSON.stringify({ inputs: [], outputs: asked }),
  });
  expect(await response.json()).toMatchObject({
    outputs: [
      {
        name: 'media',
        datatype: 'BYTES',
        shape: [1],
        parameters: { content_type: 'base64' },
        data: ['AQID'],
      },
      { name: 'text', datatype: 'BYTES', shape: [1], data: ['grüße'] },
    ],
  });
});
