import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphRepository, type GraphRepository } from '../../support/graph-models.ts';
import {
  binaryBody,
  bytesOf,
  infer,
  jsonBody,
  lengthPrefixed,
  rawBody,
  type InferBody,
} from '../../support/infer-client.ts';
import { identityModel } from '../../support/onnx-models.ts';
import { openConnection, sendForEver } from '../../support/raw-request.ts';
import { startServer, type TestServer } from '../../support/server.ts';

const limits = { tensorBodyBytes: 1_000_000, tensorJsonBytes: 100_000, bytesElements: 100 };
let repository: GraphRepository;
let server: TestServer;

beforeAll(async () => {
  repository = await graphRepository({
    fp32: identityModel('FLOAT', [null]),
    fp16: identityModel('FLOAT16', [null]),
    bf16: identityModel('BFLOAT16', [null]),
    bool: identityModel('BOOL', [null]),
    int8: identityModel('INT8', [null]),
    uint8: identityModel('UINT8', [null]),
    int64: identityModel('INT64', [null]),
    uint64: identityModel('UINT64', [null]),
    bytes: identityModel('STRING', [null]),
    matrix: identityModel('FLOAT', [2, 3]),
  });
  server = await startServer({ models: repository.path, limits });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
});

const x = { name: 'x', shape: [1], datatype: 'FP32' };
const float = bytesOf(Float32Array.of(1));
const size = (bytes: number) => ({ parameters: { binary_data_size: bytes } });
const nested = (depth: number): InferBody => ({
  body: `{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":${'['.repeat(depth)}1${']'.repeat(depth)}}]}`,
  headers: {},
});
const withData = (datatype: string, data: unknown): InferBody =>
  jsonBody({ inputs: [{ ...x, datatype, data }] });
const inBinary = (datatype: string, data: unknown): InferBody =>
  jsonBody({ inputs: [{ ...x, datatype, data }], parameters: { binary_data_output: true } });
const withOutputs = (...outputs: unknown[]): InferBody =>
  jsonBody({ inputs: [{ ...x, data: [1] }], outputs });
const withParameters = (parameters: unknown): InferBody =>
  jsonBody({ parameters, inputs: [{ ...x, data: [1] }] });
const jsonLength = (length: string): InferBody => ({
  ...withData('FP32', [1]),
  headers: { 'inference-header-content-length': length },
});
const text = (body: string): InferBody => ({ body, headers: {} });

type Refusal = [what: string, model: string, body: InferBody, message: string];

describe.each<[string, Refusal[]]>([
  [
    'a body',
    [
      ['without anything', 'fp32', text(''), 'not valid JSON'],
      ['of no JSON', 'fp32', text('{"inputs":'), 'not valid JSON'],
      ['of JSON that is no object', 'fp32', text('[]'), 'The request: expected a JSON object'],
      ['of the literal NaN', 'fp32', text('{"inputs":[NaN]}'), 'not valid JSON'],
      ['that is nested too deeply', 'fp32', nested(98), 'more than 100 levels'],
      ['without inputs', 'fp32', jsonBody({}), 'Field "inputs": expected an array'],
      ['whose inputs are none', 'fp32', jsonBody({ inputs: {} }), 'expected an array of tensors'],
      [
        'of too many inputs',
        'fp32',
        jsonBody({ inputs: Array.from({ length: 2000 }, () => 1) }),
        'at most 1024',
      ],
      ['whose id is a number', 'fp32', jsonBody({ id: 1, inputs: [] }), 'Field "id": expected text'],
      ['whose JSON is longer than it', 'fp32', jsonLength('999'), 'should be in range (0, '],
      ['whose JSON has a length below 0', 'fp32', jsonLength('-1'), 'should be in range (0, '],
      ['whose JSON has a length beyond all', 'fp32', jsonLength('99999999999'), 'got: 99999999999'],
      ['whose JSON has no length', 'fp32', jsonLength('abc'), 'got: abc'],
    ],
  ],
  [
    'an input',
    [
      ['without a name', 'fp32', jsonBody({ inputs: [{ shape: [1], datatype: 'FP32' }] }), 'inputs.0.name'],
      ['without a shape', 'fp32', jsonBody({ inputs: [{ name: 'x', datatype: 'FP32' }] }), 'inputs.0.shape'],
      [
        'without a datatype',
        'fp32',
        jsonBody({ inputs: [{ name: 'x', shape: [1] }] }),
        'expected one of BF16, BOOL',
      ],
      ['of a datatype that there is not', 'fp32', withData('FP8', [1]), 'expected one of BF16, BOOL'],
      [
        'of another datatype',
        'fp32',
        withData('INT32', [1]),
        "data-type is 'INT32', but model 'fp32' expects 'FP32'",
      ],
      [
        'of a negative dimension',
        'fp32',
        jsonBody({ inputs: [{ ...x, shape: [2, -5], data: [1] }] }),
        'whole number from 0',
      ],
      [
        'of a dimension that is no number',
        'fp32',
        jsonBody({ inputs: [{ ...x, shape: ['1'], data: [1] }] }),
        'whole number from 0',
      ],
      [
        'of more elements than can be counted',
        'fp32',
        jsonBody({ inputs: [{ ...x, shape: [2 ** 30, 2 ** 40], data: [1] }] }),
        "its 'data' has 1",
      ],
      [
        'of a dimension beyond all',
        'fp32',
        jsonBody({ inputs: [{ ...x, shape: [16, 2 ** 60], data: [1] }] }),
        'whole number from 0',
      ],
      [
        'of another rank',
        'fp32',
        jsonBody({ inputs: [{ ...x, shape: [1, 1], data: [1] }] }),
        "unexpected shape for input 'x'",
      ],
      [
        'of another shape',
        'matrix',
        jsonBody({ inputs: [{ ...x, shape: [3, 2], data: [1, 2, 3, 4, 5, 6] }] }),
        'Expected [2,3], got [3,2]',
      ],
      [
        'of fewer elements than its shape',
        'fp32',
        jsonBody({ inputs: [{ ...x, shape: [2], data: [1] }] }),
        'has 2 elements',
      ],
      ['of more elements than its shape', 'fp32', withData('FP32', [1, 2]), 'has 1 elements'],
      ['whose data is no array', 'fp32', withData('FP32', 1), "expected 'data' to be an array"],
      ['without data', 'fp32', jsonBody({ inputs: [x] }), 'it sets neither'],
      [
        'of data in both forms',
        'fp32',
        binaryBody({ inputs: [{ ...x, data: [1], ...size(4) }] }, float),
        'it sets both',
      ],
      ['that the model has not', 'fp32', jsonBody({ inputs: [{ ...x, name: 'z', data: [1] }] }), "input 'z'"],
      ['that is missing', 'fp32', jsonBody({ inputs: [] }), "missing required input(s) ['x']"],
      [
        'that comes twice',
        'fp32',
        jsonBody({
          inputs: [
            { ...x, data: [1] },
            { ...x, data: [1] },
          ],
        }),
        "input 'x' already exists",
      ],
      [
        'in shared memory',
        'fp32',
        jsonBody({ inputs: [{ ...x, parameters: { shared_memory_region: 'r' } }] }),
        'no shared memory',
      ],
    ],
  ],
  [
    'an element',
    [
      ['of FP16 in JSON', 'fp16', inBinary('FP16', [1]), 'FP16 data via JSON is not supported'],
      ['of BF16 in JSON', 'bf16', inBinary('BF16', [1]), 'BF16 data via JSON is not supported'],
      [
        'that is text for a number',
        'fp32',
        withData('FP32', ['1']),
        "input 'x', element 0: expected a number",
      ],
      ['that is null', 'fp32', withData('FP32', [null]), 'got null'],
      ['over FP32', 'fp32', withData('FP32', [1e39]), 'within its range'],
      ['over INT8', 'int8', withData('INT8', [128]), 'from -128 to 127 for INT8, got 128'],
      ['below UINT8', 'uint8', withData('UINT8', [-1]), 'from 0 to 255'],
      ['that is no whole number', 'uint8', withData('UINT8', [1.5]), 'got 1.5'],
      [
        'over INT64',
        'int64',
        text('{"inputs":[{"name":"x","shape":[1],"datatype":"INT64","data":[9223372036854775808]}]}'),
        'got 9223372036854775808',
      ],
      ['below UINT64', 'uint64', withData('UINT64', [-1]), 'from 0 to 18446744073709551615'],
      ['that is a number for a BOOL', 'bool', withData('BOOL', [1]), 'expected true or false'],
      ['that is a number for BYTES', 'bytes', withData('BYTES', [1]), 'expected text'],
      [
        'that is half a character',
        'bytes',
        text('{"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","data":["\\ud800"]}]}'),
        'expected text',
      ],
      [
        'that is no base64',
        'bytes',
        jsonBody({
          inputs: [{ ...x, datatype: 'BYTES', data: ['!'], parameters: { content_type: 'base64' } }],
        }),
        'expected base64',
      ],
    ],
  ],
  [
    'binary data',
    [
      [
        'of fewer bytes than the body has',
        'fp32',
        binaryBody({ inputs: [{ ...x, ...size(4) }] }, float, float),
        'unexpected additional input data for model',
      ],
      [
        'of more bytes than the body has',
        'fp32',
        binaryBody({ inputs: [{ ...x, ...size(8) }] }, float),
        "unexpected size for input 'x', expecting 4 additional bytes for model 'fp32'",
      ],
      [
        'without the length of the JSON',
        'fp32',
        jsonBody({ inputs: [{ ...x, ...size(4) }] }),
        'expecting 4 additional bytes',
      ],
      [
        'of other bytes than the shape has',
        'fp32',
        binaryBody({ inputs: [{ ...x, ...size(8) }] }, float, float),
        "input byte size mismatch for input 'x'",
      ],
      [
        'of a size below 0',
        'fp32',
        binaryBody({ inputs: [{ ...x, ...size(-4) }] }, float),
        'binary_data_size',
      ],
      [
        'of a BOOL that is 2',
        'bool',
        binaryBody({ inputs: [{ ...x, datatype: 'BOOL', ...size(1) }] }, Buffer.of(2)),
        'a byte of 0 or 1',
      ],
      [
        'of BYTES that are cut short',
        'bytes',
        binaryBody(
          { inputs: [{ ...x, datatype: 'BYTES', ...size(6) }] },
          lengthPrefixed('abc').subarray(0, 6),
        ),
        'each with its length in four bytes',
      ],
      [
        'of BYTES without a whole length',
        'bytes',
        binaryBody({ inputs: [{ ...x, datatype: 'BYTES', ...size(2) }] }, Buffer.of(0, 0)),
        'each with its length in four bytes',
      ],
      [
        'of fewer BYTES than the shape',
        'bytes',
        binaryBody({ inputs: [{ ...x, shape: [2], datatype: 'BYTES', ...size(5) }] }, lengthPrefixed('a')),
        'its shape has 2 elements',
      ],
      [
        'of more BYTES than the shape',
        'bytes',
        binaryBody({ inputs: [{ ...x, datatype: 'BYTES', ...size(10) }] }, lengthPrefixed('a', 'b')),
        'its shape has 1 elements',
      ],
      [
        'of more BYTES than are taken',
        'bytes',
        binaryBody({ inputs: [{ ...x, shape: [101], datatype: 'BYTES', ...size(404) }] }, Buffer.alloc(404)),
        'at most 100 of BYTES',
      ],
      [
        'of a length beyond all',
        'bytes',
        binaryBody({ inputs: [{ ...x, datatype: 'BYTES', ...size(4) }] }, Buffer.of(255, 255, 255, 255)),
        'each with its length in four bytes',
      ],
    ],
  ],
  [
    'an output',
    [
      [
        'that the model has not',
        'fp32',
        withOutputs({ name: 'z' }),
        "unexpected inference output 'z' for model 'fp32'",
      ],
      [
        'that comes twice',
        'fp32',
        withOutputs({ name: 'y' }, { name: 'y' }),
        "output 'y' already exists in request",
      ],
      ['without a name', 'fp32', withOutputs({}), 'outputs.0.name'],
      [
        'in shared memory',
        'fp32',
        withOutputs({ name: 'y', parameters: { shared_memory_region: 'r' } }),
        'no shared memory',
      ],
      [
        'of FP16 in JSON',
        'fp16',
        binaryBody({ inputs: [{ ...x, datatype: 'FP16', ...size(2) }] }, Buffer.alloc(2)),
        "output 'y' is FP16, for which JSON has no words",
      ],
      [
        'of BF16 in JSON',
        'bf16',
        binaryBody({ inputs: [{ ...x, datatype: 'BF16', ...size(2) }] }, Buffer.alloc(2)),
        "output 'y' is BF16, for which JSON has no words",
      ],
      [
        'of infinity in JSON',
        'fp32',
        binaryBody({ inputs: [{ ...x, ...size(4) }] }, bytesOf(Float32Array.of(-Infinity))),
        'holds NaN or infinity',
      ],
      [
        'of NaN in JSON',
        'fp32',
        binaryBody({ inputs: [{ ...x, ...size(4) }] }, bytesOf(Float32Array.of(NaN))),
        'holds NaN or infinity',
      ],
      [
        'that is too large for JSON',
        'fp32',
        binaryBody({ inputs: [{ ...x, shape: [10_000], ...size(40_000) }] }, Buffer.alloc(40_000)),
        'is too large for JSON',
      ],
      [
        'whose form is no truth value',
        'fp32',
        withOutputs({ name: 'y', parameters: { binary_data: 1 } }),
        'expected true or false',
      ],
      [
        'of a negative number of classes',
        'fp32',
        withOutputs({ name: 'y', parameters: { classification: -1 } }),
        'whole number from 0',
      ],
      [
        'of classes of truth values',
        'bool',
        jsonBody({
          inputs: [{ ...x, datatype: 'BOOL', data: [true] }],
          outputs: [{ name: 'y', parameters: { classification: 1 } }],
        }),
        "unsupported type 'BOOL'",
      ],
    ],
  ],
  [
    'a parameter',
    [
      ['that is an object', 'fp32', withParameters({ a: {} }), 'expected text, a number, true or false'],
      ['that is null', 'fp32', withParameters({ a: null }), 'expected text, a number, true or false'],
      ['of Triton itself', 'fp32', withParameters({ triton_enable_empty_final_response: true }), 'reserved'],
      [
        'of a sequence',
        'fp32',
        withParameters({ sequence_id: 7, sequence_start: true }),
        'keep nothing between requests',
      ],
      ['named headers', 'fp32', withParameters({ headers: 'x' }), 'reserved'],
      ['of a negative timeout', 'fp32', withParameters({ timeout: -1 }), 'parameters.timeout'],
      ['of a priority that is text', 'fp32', withParameters({ priority: 'high' }), 'parameters.priority'],
      ['list that is none', 'fp32', withParameters([]), 'expected an object'],
    ],
  ],
])('%s', (_, refusals) => {
  test.each(refusals)('%s is refused', async (__, model, body, message) => {
    const { status, json, headers } = await infer(server.url, model, body);
    expect([status, json]).toEqual([400, { error: expect.stringContaining(message) }]);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
  });
});

describe('a body over a limit is refused with 413', () => {
  test('as JSON', async () => {
    const body = withData('FP32', [' '.repeat(limits.tensorJsonBytes)]);
    expect(await infer(server.url, 'fp32', body)).toMatchObject({
      status: 413,
      json: { error: expect.stringContaining('send large tensors in binary') },
    });
  });

  test('by the length that it gives', async () => {
    const reply = await infer(server.url, 'fp32', rawBody(Buffer.alloc(limits.tensorBodyBytes + 4)));
    expect([reply.status, reply.json.error]).toEqual([413, expect.stringContaining('too large')]);
  });

  test('and not below it', async () => {
    const reply = await infer(server.url, 'fp32', rawBody(Buffer.alloc(limits.tensorBodyBytes)));
    expect([reply.status, reply.binary.get('y')?.byteLength]).toEqual([200, limits.tensorBodyBytes]);
  });

  test.each(['infer', 'infer with gzip', 'load', 'index'])(
    'while it comes without one: %s',
    async (route) => {
      using connection = openConnection(server.url);
      const paths: Record<string, string> = {
        load: '/v2/repository/models/fp32/load',
        index: '/v2/repository/index',
      };
      connection.socket.write(
        [
          `POST ${paths[route] ?? '/v2/models/fp32/infer'} HTTP/1.1`,
          'Host: localhost',
          'Transfer-Encoding: chunked',
          ...(route.endsWith('gzip') ? ['Content-Encoding: gzip'] : []),
          '',
          '',
        ].join('\r\n'),
      );
      sendForEver(connection.socket);
      // A body that never ends is no gzip either, which is known before the limit is reached.
      expect(await connection.status()).toBe(route.endsWith('gzip') ? 400 : 413);
      await connection.closed();
    },
  );
});

test('bytes that are no text come out of a text model in binary only', async () => {
  const bytes = lengthPrefixed(Buffer.of(0xff));
  const { status, json } = await infer(
    server.url,
    'bytes',
    binaryBody({ inputs: [{ ...x, datatype: 'BYTES', ...size(5) }] }, bytes),
  );
  expect([status, json.error]).toEqual([400, expect.stringContaining('no UTF-8 text')]);
});

test.each(['GET', 'PUT', 'DELETE'])('%s is no way to infer', async (method) => {
  const response = await fetch(`${server.url}/v2/models/fp32/infer`, { method });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
});

test('a model or version that is not there is a 404 before its body is read', async () => {
  for (const path of ['nobody', 'fp32/versions/2', '__proto__']) {
    const { status } = await infer(server.url, path, rawBody(Buffer.alloc(limits.tensorBodyBytes + 4)));
    expect([path, status]).toEqual([path, 404]);
  }
});

test('a client that hangs up while its body comes is logged as that and as no fault', async () => {
  const before = server.log.length;
  const connection = openConnection(server.url);
  const head = [
    'POST /v2/models/fp32/infer HTTP/1.1',
    'Host: localhost',
    'Accept-Encoding: gzip',
    'Inference-Header-Content-Length: 0',
    `Content-Length: ${limits.tensorBodyBytes}`,
  ];
  connection.socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await new Promise((resolve) => connection.socket.write(Buffer.alloc(1000), resolve));
  connection[Symbol.dispose]();
  await expect.poll(() => server.log.slice(before).some(({ msg }) => msg === 'request')).toBe(true);
  const lines = server.log.slice(before);
  expect(lines.find(({ msg }) => msg === 'request')).toMatchObject({ status: 499 });
  expect(lines.filter(({ level }) => level === 'error' || Number(level) >= 50)).toEqual([]);
});

test('the service still answers after all of this', async () => {
  const { status } = await infer(server.url, 'fp32', jsonBody({ inputs: [{ ...x, data: [1] }] }));
  expect(status).toBe(200);
});

test("the type of a refusal is application/json and no more: KServe's client compares it to the letter", async () => {
  const { status, headers } = await infer(server.url, 'no-such-model', withData('FP32', [1]));
  expect([status, headers.get('content-type')]).toEqual([404, 'application/json']);
});
