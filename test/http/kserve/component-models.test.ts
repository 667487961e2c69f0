import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  binaryBody,
  infer,
  jsonBody,
  lengthPrefixed,
  rawBody,
  type InferReply,
} from '../../support/infer-client.ts';
import { imageModel, readSample, speechModel } from '../../support/models.ts';
import { startServer, type TestServer } from '../../support/server.ts';

const uploadBytes = 2_000_000;
let server: TestServer;
let photo: Buffer<ArrayBuffer>;
let speech: Buffer<ArrayBuffer>;

beforeAll(async () => {
  server = await startServer({ limits: { uploadBytes } });
  photo = (await readSample(imageModel)).bytes;
  speech = (await readSample(speechModel)).bytes;
});
afterAll(async () => server[Symbol.asyncDispose]());

async function get(path: string): Promise<unknown> {
  const response = await fetch(`${server.url}${path}`);
  return { status: response.status, body: await response.json() };
}

/** Files of a model's one input, in binary. */
async function inferFiles(
  model: string,
  input: string,
  files: readonly Uint8Array[],
  rest: object = {},
  shape: readonly number[] = [files.length, 1],
): Promise<InferReply> {
  const tensor = lengthPrefixed(...files);
  const parameters = { binary_data_size: tensor.byteLength };
  const json = { inputs: [{ name: input, datatype: 'BYTES', shape, parameters }], ...rest };
  return infer(server.url, model, binaryBody(json, tensor));
}

const photos = async (files: readonly Uint8Array[], rest?: object, shape?: readonly number[]) =>
  inferFiles(imageModel, 'image', files, rest, shape);

test('the metadata name the ports of the task, batch dimension first', async () => {
  expect(await get(`/v2/models/${imageModel}`)).toEqual({
    status: 200,
    body: {
      name: imageModel,
      versions: ['1'],
      platform: 'sandpiper_component',
      inputs: [{ name: 'image', datatype: 'BYTES', shape: [-1, 1] }],
      outputs: [
        { name: 'labels', datatype: 'BYTES', shape: [-1, -1] },
        { name: 'scores', datatype: 'FP32', shape: [-1, -1] },
        { name: 'indices', datatype: 'INT64', shape: [-1, -1] },
      ],
      properties: expect.objectContaining({ task: 'image-classification', licence: 'Apache-2.0' }),
    },
  });
  expect(await get(`/v2/models/${speechModel}/versions/1`)).toMatchObject({
    status: 200,
    body: {
      inputs: [{ name: 'audio', datatype: 'BYTES', shape: [-1, 1] }],
      outputs: [{ name: 'text' }, { name: 'language' }, { name: 'duration' }, { name: 'segments' }],
    },
  });
});

test('the configuration leaves the batch dimension out and says how large a batch may be', async () => {
  expect(await get(`/v2/models/${imageModel}/config`)).toMatchObject({
    status: 200,
    body: { max_batch_size: 32, input: [{ name: 'image', data_type: 'TYPE_STRING', dims: [1] }] },
  });
});

describe('photos', () => {
  test('a photo comes back as labels, scores and class indices', async () => {
    const { status, json } = await photos([photo]);
    expect(status).toBe(200);
    expect(json).toEqual({
      model_name: imageModel,
      model_version: '1',
      outputs: [
        { name: 'labels', datatype: 'BYTES', shape: [1, 5], data: expect.arrayContaining(['espresso']) },
        { name: 'scores', datatype: 'FP32', shape: [1, 5], data: expect.any(Array) },
        { name: 'indices', datatype: 'INT64', shape: [1, 5], data: expect.arrayContaining([967]) },
      ],
    });
  });

  test('the whole body may be the photo', async () => {
    const { status, json, binary } = await infer(server.url, imageModel, rawBody(photo));
    expect(status).toBe(200);
    expect(json.outputs?.map(({ shape }) => shape)).toEqual([
      [1, 5],
      [1, 5],
      [1, 5],
    ]);
    expect(binary.get('labels')?.toString()).toContain('espresso');
    expect(binary.get('indices')?.readBigInt64LE()).toBe(967n);
  });

  test('a batch has a row a photo, in its order', async () => {
    const { status, json } = await photos([photo, photo, photo], { parameters: { top_k: 2 } }, [3]);
    expect(status).toBe(200);
    const [labels, scores] = json.outputs ?? [];
    expect(labels).toMatchObject({
      shape: [3, 2],
      data: Array.from({ length: 3 }, () => ['espresso', 'tea cup']).flat(),
    });
    expect(scores?.shape).toEqual([3, 2]);
  });

  test('outputs come as asked, in the order asked', async () => {
    const outputs = [{ name: 'indices' }, { name: 'labels' }];
    const { json } = await photos([photo], { outputs, parameters: { top_k: 1 } });
    expect(json.outputs?.map(({ name, data }) => [name, data])).toEqual([
      ['indices', [967]],
      ['labels', ['espresso']],
    ]);
  });

  test('classification gives the best classes with their labels', async () => {
    const outputs = [{ name: 'scores', parameters: { classification: 2 } }];
    const { json } = await photos([photo, photo], { outputs });
    expect(json.outputs).toEqual([
      {
        name: 'scores',
        datatype: 'BYTES',
        shape: [2, 2],
        data: [
          expect.stringMatching(/^0\.9\d{5}:967:espresso$/),
          expect.stringMatching(/^0\.0\d{5}:968:tea cup$/),
          expect.stringMatching(/:967:espresso$/),
          expect.stringMatching(/:968:tea cup$/),
        ],
      },
    ]);
  });

  test('a photo in base64 goes with JSON', async () => {
    const input = {
      name: 'image',
      datatype: 'BYTES',
      shape: [1],
      parameters: { content_type: 'base64' },
      data: [photo.toString('base64')],
    };
    const { status, json } = await infer(server.url, imageModel, jsonBody({ inputs: [input] }));
    expect([status, json.outputs?.[0]?.data?.[0]]).toEqual([200, 'espresso']);
  });

  test('one that fails fails the request, with its place', async () => {
    const { status, json } = await photos([photo, Buffer.from('no photo'), photo]);
    expect([status, json.error]).toEqual([
      415,
      expect.stringMatching(/^Element 1 of input 'image': .*not a picture/),
    ]);
  });

  test('every photo of a batch has the limit of an upload', async () => {
    const { status, json } = await photos([photo, Buffer.alloc(uploadBytes + 1)]);
    expect([status, json.error]).toEqual([413, expect.stringContaining('Element 1')]);
  });

  test('a batch counts as many inferences as it has photos', async () => {
    const counts = async () => {
      const { body } = (await get(`/v2/models/${imageModel}/versions/1/stats`)) as {
        body: { model_stats: { inference_count: number; execution_count: number }[] };
      };
      const [model] = body.model_stats;
      return { inferences: model?.inference_count ?? 0, executions: model?.execution_count ?? 0 };
    };
    const before = await counts();
    await photos([photo, photo, photo]);
    const after = await counts();
    expect(after.inferences - before.inferences).toBe(3);
    expect(after.executions - before.executions).toBe(1);
  });
});

describe('sounds', () => {
  test('a sound comes back as text, language, length and segments', async () => {
    const { status, json } = await inferFiles(speechModel, 'audio', [speech]);
    expect(status).toBe(200);
    const outputs = Object.fromEntries(json.outputs?.map(({ name, data }) => [name, data?.[0]]) ?? []);
    expect(outputs).toEqual({
      text: expect.stringMatching(/ever tried/i),
      language: 'en',
      duration: expect.any(Number),
      segments: expect.any(String),
    });
    expect(JSON.parse(String(outputs.segments))).toEqual([
      { text: expect.any(String), start: expect.any(Number), end: expect.any(Number) },
    ]);
  });

  test('outputs of one text a sound have the shape of the input', async () => {
    const outputs = [{ name: 'text' }];
    for (const shape of [[2], [2, 1]]) {
      const { json } = await inferFiles(speechModel, 'audio', [speech, speech], { outputs }, shape);
      expect(json.outputs?.[0]?.shape).toEqual(shape);
    }
  });

  test('a language that the model has not is refused', async () => {
    const parameters = { language: 'de' };
    const { status } = await inferFiles(speechModel, 'audio', [speech], { parameters });
    expect(status).toBe(400);
  });
});

describe('what does not fit the task is refused with what does', () => {
  const input = { name: 'image', datatype: 'BYTES', shape: [1], data: ['x'] };
  test.each([
    ['another name', { inputs: [{ ...input, name: 'picture' }] }, "expected 1 input 'image' of BYTES"],
    ['another datatype', { inputs: [{ ...input, datatype: 'UINT8', data: [1] }] }, "got 'image' of UINT8"],
    ['no input', { inputs: [] }, 'got none'],
    ['an input twice', { inputs: [input, input] }, "got 'image' of BYTES, 'image' of BYTES"],
    ['no file', { inputs: [{ ...input, shape: [0], data: [] }] }, 'expected [N] or [N,1]'],
    ['a scalar', { inputs: [{ ...input, shape: [] }] }, 'expected [N] or [N,1]'],
    ['files in rows', { inputs: [{ ...input, shape: [1, 2], data: ['x', 'y'] }] }, 'got [1,2]'],
    [
      'too large a batch',
      { inputs: [{ ...input, shape: [33], data: Array.from({ length: 33 }, () => 'x') }] },
      'batch-size must be <= 32',
    ],
    ['an unknown output', { inputs: [input], outputs: [{ name: 'logits' }] }, "output 'logits'"],
    [
      'classes of text',
      { inputs: [input], outputs: [{ name: 'labels', parameters: { classification: 1 } }] },
      "unsupported type 'BYTES'",
    ],
    [
      'an unknown parameter',
      { inputs: [input], parameters: { topk: 1 } },
      'it takes top_k, function_to_apply',
    ],
    ['an unusable parameter', { inputs: [input], parameters: { top_k: 0 } }, "parameter 'top_k'"],
  ])('%s', async (_, json, message) => {
    const reply = await infer(server.url, imageModel, jsonBody(json));
    expect([reply.status, reply.json.error]).toEqual([400, expect.stringContaining(message)]);
  });
});
