/** JSON that is meant to cost more than its bytes, and much JSON that is meant well. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDoor } from '../support/door.ts';
import { graphRepository, type GraphRepository } from '../support/graph-models.ts';
import { hostileJson } from '../support/hostile-json.ts';
import { infer, jsonBody } from '../support/infer-client.ts';
import { identityModel } from '../support/onnx-models.ts';
import { startServer, type TestServer } from '../support/server.ts';

let repository: GraphRepository;
let server: TestServer;

beforeAll(async () => {
  repository = await graphRepository({
    x: identityModel('FLOAT', [null]),
    double: identityModel('DOUBLE', [null]),
    whole: identityModel('INT64', [null]),
    text: identityModel('STRING', [null]),
  });
  server = await startServer({ models: repository.path });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
});

const asText = (body: string | Buffer<ArrayBuffer>, headers: Record<string, string> = {}) => ({
  body,
  headers,
});

describe('JSON that is hostile is refused in words, with a good request beside it:', () => {
  test.each(Object.entries(hostileJson(300_000)))('%s', async (_, body) => {
    const [refused, good, compressed] = await Promise.all([
      infer(server.url, 'x', asText(body)),
      infer(
        server.url,
        'x',
        jsonBody({ inputs: [{ name: 'x', shape: [2], datatype: 'FP32', data: [1, 2] }] }),
      ),
      infer(server.url, 'x', asText(gzipSync(body), { 'content-encoding': 'gzip' })),
    ]);
    expect(good.json.outputs?.[0]?.data).toEqual([1, 2]);
    for (const { status, json } of [refused, compressed]) {
      expect({ status, json }).toEqual({ status: 400, json: { error: expect.any(String) } });
    }
  });

  test.each(Object.entries(hostileJson(20_000)))('short: %s', async (_, body) => {
    const { status, json } = await infer(server.url, 'x', asText(body));
    expect({ status, json }).toEqual({ status: 400, json: { error: expect.any(String) } });
  });
});

describe('A body that is no JSON is said to be none, and where:', () => {
  const tensor = '{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}';
  test.each([
    ['a picture', Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(900, '[{"')]), '.'],
    [
      'JSON with bytes behind it',
      Buffer.concat([Buffer.from(tensor), Buffer.alloc(900, '[{"')]),
      `: Unexpected non-whitespace character after JSON at position ${tensor.length}`,
    ],
    ['a text of brackets', Buffer.alloc(900, 'x[{"'), ": Unexpected token 'x'"],
  ])('%s', async (_, body, where) => {
    expect(await infer(server.url, 'x', asText(body))).toMatchObject({
      status: 400,
      json: { error: expect.stringContaining(`The body is not valid JSON in UTF-8${where}`) },
    });
  });
});

describe('Much JSON is taken and given', () => {
  const tensor = (datatype: string, data: readonly unknown[]) => ({
    inputs: [{ name: 'x', shape: [data.length], datatype, data }],
  });

  test.each([
    ['numbers', 'x', 'FP32', Array.from({ length: 100_000 }, (_, index) => Math.fround(Math.sin(index)))],
    ['whole numbers', 'whole', 'INT64', Array.from({ length: 90_000 }, (_, index) => index * 1_000_003)],
    ['texts', 'text', 'BYTES', Array.from({ length: 20_000 }, (_, index) => `text ${index}, “quoted”`)],
    ['one long text', 'text', 'BYTES', ['a "long" text\n'.repeat(40_000)]],
  ])('%s', async (_, model, datatype, data) => {
    const { json } = await infer(server.url, model, jsonBody(tensor(datatype, data)));
    expect(json.outputs?.[0]).toEqual({ name: 'y', datatype, shape: [data.length], data });
  });

  test('beside tensors in binary', async () => {
    const data = Array.from({ length: 100_000 }, (_, index) => index);
    const both = { ...tensor('FP32', data), parameters: { binary_data_output: true } };
    const { binary, json } = await infer(server.url, 'x', jsonBody(both));
    expect(json.outputs?.[0]).toMatchObject({ parameters: { binary_data_size: 400_000 } });
    expect(new Float32Array(Uint8Array.from(binary.get('y') ?? []).buffer)).toEqual(Float32Array.from(data));
  });

  test('numbers with as many digits as JavaScript gives them', async () => {
    const data = [1e20, -999_999_999_999_999_900_000, 1e21, 0.1, 5e-324];
    const { json } = await infer(server.url, 'double', jsonBody(tensor('FP64', data)));
    expect(json.outputs?.[0]?.data).toEqual(data);
  });

  test('digits inside of texts', async () => {
    const data = ['9'.repeat(1_000), `say "${'9'.repeat(50)}"`];
    const { json } = await infer(server.url, 'text', jsonBody(tensor('BYTES', data)));
    expect(json.outputs?.[0]?.data).toEqual(data);
  });
});

test.each([
  // Twelve of them, or two commas, are around the elements.
  ['200000 arrays, objects and texts', 'x', 'FP32', '[1]', 200_000 - 12],
  ['at most 100000 values', 'whole', 'INT64', '1234567890123456', 100_000 - 2],
])('JSON of %s is taken, and with one more refused', async (bound, model, datatype, element, most) => {
  const ask = async (count: number) => {
    const data = Array.from({ length: count }, () => element).join();
    const input = `{"name":"x","shape":[${count}],"datatype":"${datatype}","data":[${data}]}`;
    return infer(server.url, model, asText(`{"inputs":[${input}]}`));
  };
  expect((await ask(most)).status).toBe(200);
  const { status, json } = await ask(most + 1);
  expect([status, json.error]).toEqual([400, expect.stringContaining(bound)]);
});

test('JSON that takes longer than jsonMs is refused, and what comes after it is answered', async () => {
  await using door = await openDoor(server.service, { limits: { jsonMs: 1 } });
  const data = Array.from({ length: 500_000 }, (_, index) => index % 10);
  const ask = async (url: string) =>
    infer(
      url,
      'x',
      jsonBody({
        inputs: [{ name: 'x', shape: [data.length], datatype: 'FP32', data }],
        parameters: { binary_data_output: true },
      }),
    );
  const { status, json } = await ask(door.url);
  expect({ status, json }).toEqual({
    status: 413,
    json: { error: expect.stringContaining('the 1 ms of jsonMs') },
  });
  expect((await ask(server.url)).status).toBe(200);
});

test.each([
  ['spaces between the digits', ' Q U J D'.repeat(30_000), 'Model x'],
  ['nothing but spaces', ' '.repeat(200_000), 'Model x'],
  ['too many equals signs', `${'QUJD'.repeat(30_000)}====`, 'Model x'],
])('a file in base64 with %s is read beside all else, or refused', async (_, inputs, why) => {
  const body = JSON.stringify({ inputs });
  const response = await fetch(`${server.url}/models/x`, { method: 'POST', body });
  expect([response.status, await response.json()]).toEqual([400, { error: expect.stringContaining(why) }]);
});
