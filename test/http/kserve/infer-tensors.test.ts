import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphRepository, type GraphRepository } from '../../support/graph-models.ts';
import {
  binaryBody,
  bytesOf,
  infer,
  jsonBody,
  lengthPrefixed,
  rawBody,
  type InferReply,
} from '../../support/infer-client.ts';
import { onnxModel } from '../../support/onnx-builder.ts';
import { addModel, identityModel, spinningModel } from '../../support/onnx-models.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let repository: GraphRepository;
let server: TestServer;

beforeAll(async () => {
  repository = await graphRepository({
    add: addModel('FLOAT', [null, 4]),
    bool: identityModel('BOOL', [null]),
    uint8: identityModel('UINT8', [null]),
    uint16: identityModel('UINT16', [null]),
    uint32: identityModel('UINT32', [null]),
    uint64: identityModel('UINT64', [null]),
    int8: identityModel('INT8', [null]),
    int16: identityModel('INT16', [null]),
    int32: identityModel('INT32', [null]),
    int64: identityModel('INT64', [null]),
    fp16: identityModel('FLOAT16', [null]),
    fp32: identityModel('FLOAT', [null]),
    fp64: identityModel('DOUBLE', [null]),
    bf16: identityModel('BFLOAT16', [null]),
    bytes: identityModel('STRING', [null]),
    scalar: identityModel('FLOAT', []),
    matrix: identityModel('FLOAT', [2, 3]),
    wild: identityModel('FLOAT', [1, null, null]),
    word: identityModel('STRING', [1]),
    spin: spinningModel(),
  });
  await repository.put('labelled', 1, identityModel('FLOAT', [null, 3]));
  await repository.put('two', 1, twoOutputs);
  await repository.put('hurried', 1, spinningModel(), { limits: { deadlineMs: 1_000 } });
  server = await startServer({ models: repository.path });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
});

/** The input as it is, and its negative. */
const twoOutputs = onnxModel({
  inputs: [{ name: 'x', type: 'FLOAT', dims: [null] }],
  outputs: [
    { name: 'same', type: 'FLOAT', dims: [null] },
    { name: 'negative', type: 'FLOAT', dims: [null] },
  ],
  nodes: [
    { op: 'Identity', inputs: ['x'], outputs: ['same'] },
    { op: 'Neg', inputs: ['x'], outputs: ['negative'] },
  ],
});

async function post(model: string, json: object): Promise<InferReply> {
  return infer(server.url, model, jsonBody(json));
}

const floats = (...values: number[]): Buffer<ArrayBuffer> => bytesOf(Float32Array.from(values));
const x = { name: 'x', shape: [3], datatype: 'FP32' };

describe('in JSON', () => {
  const most = 18_446_744_073_709_551_615n;
  test.each([
    ['bool', 'BOOL', '[true,false,true]'],
    ['uint8', 'UINT8', '[0,1,255]'],
    ['uint16', 'UINT16', '[0,1,65535]'],
    ['uint32', 'UINT32', '[0,1,4294967295]'],
    ['uint64', 'UINT64', `[0,9007199254740993,${most}]`],
    ['int8', 'INT8', '[-128,0,127]'],
    ['int16', 'INT16', '[-32768,0,32767]'],
    ['int32', 'INT32', '[-2147483648,0,2147483647]'],
    ['int64', 'INT64', '[-9223372036854775808,9007199254740993,9223372036854775807]'],
    ['fp32', 'FP32', '[-1.5,0,3.4028234663852886e+38]'],
    ['fp64', 'FP64', '[-1.5,5e-324,1.7976931348623157e+308]'],
    ['fp64', 'FP64', '[-0.0,0,-1]'],
    ['bytes', 'BYTES', '["","Grüße","\\"\\\\\\n"]'],
  ])('%s goes in and comes out, to the byte', async (model, datatype, data) => {
    const body = `{"inputs":[{"name":"x","shape":[3],"datatype":"${datatype}","data":${data}}]}`;
    const response = await fetch(`${server.url}/v2/models/${model}/infer`, { method: 'POST', body });
    const tensor = `{"name":"y","datatype":"${datatype}","shape":[3],"data":${data}}`;
    expect(await response.text()).toBe(`{"model_name":"${model}","model_version":"1","outputs":[${tensor}]}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('inference-header-content-length')).toBeNull();
  });

  test.each([
    ['flat', [1, 2, 3, 4, 5, 6]],
    [
      'nested by the shape',
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
    ['nested otherwise', [[[1], [2], [3, 4]], 5, [6]]],
  ])('elements may be %s: their number decides', async (_, data) => {
    const { status, json } = await post('matrix', {
      inputs: [{ name: 'x', shape: [2, 3], datatype: 'FP32', data }],
    });
    expect([status, json.outputs?.[0]?.data]).toEqual([200, [1, 2, 3, 4, 5, 6]]);
  });

  test('elements may be nested until all of the JSON is 100 levels deep', async () => {
    const nested = JSON.parse(`${'['.repeat(97)}7${']'.repeat(97)}`) as unknown;
    const { status, json } = await post('fp32', { inputs: [{ ...x, shape: [1], data: nested }] });
    expect([status, json.outputs?.[0]?.data]).toEqual([200, [7]]);
  });

  test('a tensor may be empty, and a scalar without dimensions', async () => {
    const empty = await post('fp32', { inputs: [{ ...x, shape: [0], data: [] }] });
    expect(empty.json.outputs?.[0]).toMatchObject({ shape: [0], data: [] });
    const scalar = await post('scalar', { inputs: [{ ...x, shape: [], data: [5] }] });
    expect(scalar.json.outputs?.[0]).toMatchObject({ shape: [], data: [5] });
  });

  test('a number that is given with many digits is rounded as its datatype rounds', async () => {
    const body = '{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[12345678901234567890]}]}';
    const { json } = await infer(server.url, 'fp32', { body, headers: {} });
    expect(json.outputs?.[0]?.data).toEqual([Math.fround(Number(12_345_678_901_234_567_890n))]);
  });

  test('the id comes back, and what the protocol does not know is left aside', async () => {
    const { json } = await post('fp32', {
      id: '4"2',
      extra: [],
      inputs: [{ ...x, data: [1, 2, 3], more: {} }],
    });
    expect(json).toMatchObject({ id: '4"2', model_name: 'fp32', model_version: '1' });
  });

  test('a client that asks where files are asked for is told where tensors are', async () => {
    const body = JSON.stringify({ inputs: { x: [1] } });
    const response = await fetch(`${server.url}/models/fp32`, { method: 'POST', body });
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: expect.stringMatching(/: GET \/v2\/models\/fp32 .* POST \/v2\/models\/fp32\/infer /) },
    ]);
  });

  test('the version may be named', async () => {
    const { status } = await post('fp32/versions/1', { inputs: [{ ...x, data: [1, 2, 3] }] });
    expect(status).toBe(200);
    expect((await post('fp32/versions/2', { inputs: [] })).status).toBe(404);
  });
});

describe('in binary', () => {
  const of = (datatype: string, shape: number[], size: number, name = 'x') => ({
    name,
    datatype,
    shape,
    parameters: { binary_data_size: size },
  });
  const binary = { parameters: { binary_data_output: true } };

  test.each([
    ['bool', 'BOOL', Buffer.from([1, 0, 1])],
    ['uint8', 'UINT8', Buffer.from([0, 1, 255])],
    ['uint16', 'UINT16', bytesOf(Uint16Array.of(0, 1, 65_535))],
    ['uint32', 'UINT32', bytesOf(Uint32Array.of(0, 1, 4_294_967_295))],
    ['uint64', 'UINT64', bytesOf(BigUint64Array.of(0n, 1n, 2n ** 64n - 1n))],
    ['int8', 'INT8', bytesOf(Int8Array.of(-128, 0, 127))],
    ['int16', 'INT16', bytesOf(Int16Array.of(-32_768, 0, 32_767))],
    ['int32', 'INT32', bytesOf(Int32Array.of(-1, 0, 1))],
    ['int64', 'INT64', bytesOf(BigInt64Array.of(-(2n ** 63n), 0n, 2n ** 63n - 1n))],
    ['fp16', 'FP16', bytesOf(Float16Array.of(-1.5, 0, 65_504))],
    ['bf16', 'BF16', bytesOf(Uint16Array.of(0x3f80, 0, 0xc049))],
    ['fp32', 'FP32', floats(-1.5, NaN, Infinity)],
    ['fp64', 'FP64', bytesOf(Float64Array.of(-1.5, 0, 5e-324))],
    ['bytes', 'BYTES', lengthPrefixed('', 'Grüße', 'x'.repeat(1000))],
  ])('%s goes in and comes out, to the byte', async (model, datatype, bytes) => {
    const reply = await infer(
      server.url,
      model,
      binaryBody({ inputs: [of(datatype, [3], bytes.byteLength)], ...binary }, bytes),
    );
    expect([reply.status, reply.json.error]).toEqual([200, undefined]);
    expect(reply.json.outputs).toEqual([
      { name: 'y', datatype, shape: [3], parameters: { binary_data_size: bytes.byteLength } },
    ]);
    expect(reply.binary.get('y')).toEqual(Buffer.from(bytes));
    expect(reply.headers.get('content-type')).toBe('application/octet-stream');
    expect(Number(reply.headers.get('content-length'))).toBeGreaterThan(bytes.byteLength);
  });

  test('tensors follow the JSON in the order of the inputs, and some may be JSON', async () => {
    const [one, two] = [floats(1, 2, 3, 4), floats(10, 20, 30, 40)];
    const both = await infer(
      server.url,
      'add',
      binaryBody({ inputs: [of('FP32', [1, 4], 16, 'w'), of('FP32', [1, 4], 16)] }, two, one),
    );
    expect(both.json.outputs?.[0]?.data).toEqual([11, 22, 33, 44]);
    const w = { name: 'w', datatype: 'FP32', shape: [1, 4], data: [1, 1, 1, 1] };
    const mixed = await infer(server.url, 'add', binaryBody({ inputs: [w, of('FP32', [1, 4], 16)] }, one));
    expect(mixed.json.outputs?.[0]?.data).toEqual([2, 3, 4, 5]);
  });

  test('the JSON length may be given for a body that is all JSON', async () => {
    const { status, json } = await infer(
      server.url,
      'fp32',
      binaryBody({ inputs: [{ ...x, data: [1, 2, 3] }] }),
    );
    expect([status, json.outputs?.[0]?.data]).toEqual([200, [1, 2, 3]]);
  });

  test.each([
    ['the request alone', { binary_data_output: true }, undefined, true],
    ['the request, for outputs that say nothing', { binary_data_output: true }, {}, true],
    ['the output alone', {}, { binary_data: true }, true],
    ['the output over the request', { binary_data_output: true }, { binary_data: false }, false],
    ['the output over the request', { binary_data_output: false }, { binary_data: true }, true],
    ['nobody', {}, {}, false],
  ])('which form an output has is said by %s', async (_, parameters, output, isBinary) => {
    const outputs = output === undefined ? undefined : [{ name: 'y', parameters: output }];
    const reply = await post('fp32', { parameters, inputs: [{ ...x, data: [1, 2, 3] }], outputs });
    expect(reply.binary.has('y')).toBe(isBinary);
    expect(reply.json.outputs?.[0]?.data).toEqual(isBinary ? undefined : [1, 2, 3]);
  });

  test.each(['text/plain', 'image/png', 'application/json; charset=latin1'])(
    'the Content-Type is not looked at: %s',
    async (type) => {
      const { body, headers } = binaryBody({ inputs: [of('FP32', [1], 4)] }, floats(7));
      const { status } = await infer(server.url, 'fp32', {
        body,
        headers: { ...headers, 'content-type': type },
      });
      expect(status).toBe(200);
    },
  );

  test('a body in many small pieces is read as if it came in one', async () => {
    const { body, headers } = binaryBody({ inputs: [of('FP32', [3], 12)], ...binary }, floats(1, 2, 3));
    const bytes = Buffer.from(body);
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (const byte of bytes) {
        yield Buffer.of(byte);
        await Promise.resolve();
      }
    }
    const response = await fetch(`${server.url}/v2/models/fp32/infer`, {
      method: 'POST',
      headers,
      body: pieces(),
      duplex: 'half',
    });
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer()).subarray(-12)).toEqual(floats(1, 2, 3));
  });
});

describe('a raw request', () => {
  test.each([
    ['a vector', 'fp32', floats(1, 2, 3), [3]],
    ['a longer vector', 'fp32', floats(...Array.from({ length: 32 }, (_, index) => index)), [32]],
    ['a batch of one', 'labelled', floats(1, 2, 3), [1, 3]],
    ['a fixed shape', 'matrix', floats(1, 2, 3, 4, 5, 6), [2, 3]],
    ['nothing', 'fp32', floats(), [0]],
  ])('of %s has its shape from the model and the bytes', async (_, model, bytes, shape) => {
    const reply = await infer(server.url, model, rawBody(bytes));
    expect([reply.status, reply.json.outputs?.[0]?.shape]).toEqual([200, shape]);
    expect(reply.binary.get('y')).toEqual(bytes);
  });

  test('has every output in binary', async () => {
    const { binary } = await infer(server.url, 'two', rawBody(floats(1, 2)));
    expect([binary.get('same'), binary.get('negative')]).toEqual([floats(1, 2), floats(-1, -2)]);
  });

  test('of one text is that text', async () => {
    const reply = await infer(server.url, 'word', rawBody(Buffer.from('427')));
    expect(reply.binary.get('y')).toEqual(lengthPrefixed('427'));
  });

  test.each([
    ['bytes', Buffer.from('427'), "For BYTE datatype raw input 'x', the model must have input shape [1]"],
    ['wild', floats(1), "The shape of the raw input 'x' can not be deduced because there are more than one"],
    ['add', floats(1), 'Raw request must only have 1 input (found 1) to be deduced but got 2 inputs'],
    ['fp32', Buffer.from('12345'), "input byte size mismatch for input 'x'"],
    ['matrix', floats(1), "input byte size mismatch for input 'x'"],
  ])('to %s whose shape does not follow is refused', async (model, bytes, message) => {
    const { status, json } = await infer(server.url, model, rawBody(bytes));
    expect([status, json.error]).toEqual([400, expect.stringContaining(message)]);
  });
});

test('outputs are those that are asked for, in that order', async () => {
  const names = async (outputs?: object[]): Promise<string[] | undefined> =>
    (await post('two', { inputs: [{ ...x, data: [1, 2, 3] }], outputs })).json.outputs?.map(
      ({ name }) => name,
    );
  expect(await names()).toEqual(['same', 'negative']);
  expect(await names([{ name: 'negative' }, { name: 'same' }])).toEqual(['negative', 'same']);
  expect(await names([{ name: 'negative' }])).toEqual(['negative']);
});

describe('classification', () => {
  const asked = (count: number, more: object = {}) => ({
    outputs: [{ name: 'y', parameters: { classification: count, ...more } }],
  });

  test('gives value and index of the best, in each row of a batch', async () => {
    const { status, json } = await post('labelled', {
      inputs: [{ ...x, shape: [2, 3], data: [0.1, 3.25, -1, 5, 5, 7] }],
      ...asked(2),
    });
    expect([status, json.outputs]).toEqual([
      200,
      [
        {
          name: 'y',
          datatype: 'BYTES',
          shape: [2, 2],
          data: ['3.250000:1', '0.100000:0', '7.000000:2', '5.000000:0'],
        },
      ],
    ]);
  });

  test('gives all there are where more are asked for, and takes integers', async () => {
    const { json } = await post('int32', {
      inputs: [{ ...x, datatype: 'INT32', data: [1, 3, 2] }],
      ...asked(9),
    });
    expect(json.outputs?.[0]).toMatchObject({ shape: [3], data: ['3:1', '2:2', '1:0'] });
  });

  test('is of 100,000 elements at most', async () => {
    const classes = async (size: number) => {
      const inputs = [{ ...x, shape: [size], datatype: 'UINT8', parameters: { binary_data_size: size } }];
      return infer(
        server.url,
        'uint8',
        binaryBody({ inputs, ...asked(1) }, new Uint8Array(size).fill(1, 5, 6)),
      );
    };
    expect((await classes(100_000)).json.outputs?.[0]?.data).toEqual(['1:5']);
    const { status, json } = await classes(100_001);
    expect([status, json.error]).toEqual([400, expect.stringContaining('at most 100000')]);
  });

  test('comes in binary on request', async () => {
    const { binary } = await post('fp32', {
      inputs: [{ ...x, data: [1, 3, 2] }],
      ...asked(1, { binary_data: true }),
    });
    expect(binary.get('y')).toEqual(lengthPrefixed('3.000000:1'));
  });
});

describe('parameters', () => {
  test('unknown ones are no hindrance', async () => {
    const parameters = { my_own: 42, text: 'x', flag: true };
    expect((await post('fp32', { parameters, inputs: [{ ...x, data: [1, 2, 3] }] })).status).toBe(200);
  });

  test('a timeout is in microseconds', async () => {
    const iterations = { name: 'iterations', shape: [], datatype: 'INT64', data: [300_000] };
    const { status, json } = await post('spin', { parameters: { timeout: 1000 }, inputs: [iterations] });
    expect([status, json.error]).toEqual([504, expect.stringContaining('deadline')]);
    // Never above the model's own.
    const hurried = await post('hurried', {
      parameters: { timeout: 60_000_000 },
      inputs: [{ ...iterations, data: [1_000_000_000] }],
    });
    expect([hurried.status, hurried.json.error]).toEqual([504, expect.stringContaining('deadline')]);
    // What can be refused is, before anything is computed.
    const outputs = [{ name: 'none' }];
    expect(
      (await post('spin', { parameters: { timeout: 1000 }, inputs: [iterations], outputs })).status,
    ).toBe(400);
    const short = await post('spin', {
      parameters: { timeout: 0, priority: 1 },
      inputs: [{ ...iterations, data: [3] }],
    });
    expect(short.json.outputs?.[0]?.data).toEqual([3]);
  });
});
