import { request, type IncomingMessage } from 'node:http';
import { deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphRepository, type GraphRepository } from '../../support/graph-models.ts';
import { binaryBody, bytesOf } from '../../support/infer-client.ts';
import { identityModel } from '../../support/onnx-models.ts';
import { startServer, type TestServer } from '../../support/server.ts';

const tensorBodyBytes = 2_000_000;
let repository: GraphRepository;
let server: TestServer;

beforeAll(async () => {
  repository = await graphRepository({ same: identityModel('FLOAT', [null]) });
  server = await startServer({ models: repository.path, limits: { tensorBodyBytes } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
});

const floats = bytesOf(Float32Array.from({ length: 1000 }, (_, index) => index));
const { body, headers } = binaryBody(
  {
    inputs: [{ name: 'x', shape: [1000], datatype: 'FP32', parameters: { binary_data_size: 4000 } }],
    parameters: { binary_data_output: true },
  },
  floats,
);

interface Reply {
  status: number | undefined;
  headers: IncomingMessage['headers'];
  bytes: Buffer;
}

/** Not by fetch, which asks for codings of its own and hides the answer's. */
async function post(payload: string | Uint8Array, more: Record<string, string>): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(`${server.url}/v2/models/same/infer`, { method: 'POST', headers: { ...headers, ...more } }, resolve)
    .on('error', reject)
    .end(payload);
  const response = await promise;
  return {
    status: response.statusCode,
    headers: response.headers,
    bytes: Buffer.concat((await response.toArray()) as Buffer[]),
  };
}

describe('a compressed request', () => {
  test.each([
    ['gzip', gzipSync(body)],
    ['GZIP', gzipSync(body)],
    ['deflate', deflateSync(body)],
    ['identity', body],
  ])('in %s is read; the length of its JSON is that before compression', async (coding, payload) => {
    const reply = await post(payload, { 'content-encoding': coding });
    expect([reply.status, reply.bytes.subarray(-4000)]).toEqual([200, floats]);
  });

  test.each([
    ['cut short', 'gzip', gzipSync(body).subarray(0, 1000), 400, 'not whole in gzip'],
    ['of nothing', 'gzip', Buffer.alloc(0), 400, 'gzip'],
    ['that is not compressed', 'gzip', body, 400, 'not whole in gzip'],
    ['in the other coding', 'deflate', gzipSync(body), 400, 'not whole in deflate'],
    ['without the header of zlib', 'deflate', deflateRawSync(body), 400, 'not whole in deflate'],
    ['in another coding', 'br', body, 415, 'send gzip, deflate or none'],
    ['in two codings', 'gzip, deflate', body, 415, 'send gzip, deflate or none'],
  ])('%s is refused', async (_, coding, payload, status, message) => {
    const reply = await post(payload, { 'content-encoding': coding });
    expect([reply.status, JSON.parse(reply.bytes.toString())]).toEqual([
      status,
      { error: expect.stringContaining(message) },
    ]);
    if (status === 415) expect(reply.headers['accept-encoding']).toBe('gzip, deflate');
  });

  test('is counted as what it becomes, and a bomb never unfolds in memory', async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000_000));
    expect(bomb.byteLength).toBeLessThan(tensorBodyBytes);
    const before = process.memoryUsage().rss;
    const reply = await post(bomb, { 'content-encoding': 'gzip' });
    expect([reply.status, reply.bytes.toString()]).toEqual([413, expect.stringContaining('decompressed')]);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });
});

describe('an answer', () => {
  test.each([
    ['gzip', 'gzip', gunzipSync],
    ['deflate', 'deflate', inflateSync],
    ['gzip;q=0.2, deflate;q=0.9', 'deflate', inflateSync],
    ['br, gzip', 'gzip', gunzipSync],
    ['*', 'gzip', gunzipSync],
  ])('to Accept-Encoding %s comes in %s', async (accept, coding, decode) => {
    const reply = await post(body, { 'accept-encoding': accept });
    expect(reply.headers['content-encoding']).toBe(coding);
    const bytes = decode(reply.bytes);
    const jsonLength = Number(reply.headers['inference-header-content-length']);
    expect(JSON.parse(bytes.toString('utf8', 0, jsonLength))).toMatchObject({ model_name: 'same' });
    expect(bytes.subarray(jsonLength)).toEqual(floats);
  });

  test.each([
    {},
    { 'accept-encoding': 'identity' },
    { 'accept-encoding': 'br' },
    { 'accept-encoding': 'gzip;q=0' },
  ])('to %o comes as it is, its length told', async (more) => {
    const reply = await post(body, more);
    expect(reply.headers['content-encoding']).toBeUndefined();
    expect(reply.headers['content-length']).toBe(String(reply.bytes.byteLength));
    expect(reply.bytes.subarray(-4000)).toEqual(floats);
  });

  test('that is short is not compressed', async () => {
    const payload = JSON.stringify({ inputs: [{ name: 'x', shape: [1], datatype: 'FP32', data: [1] }] });
    const reply = await post(payload, {
      'inference-header-content-length': String(payload.length),
      'accept-encoding': 'gzip',
    });
    expect([reply.status, reply.headers['content-encoding']]).toEqual([200, undefined]);
  });
});
