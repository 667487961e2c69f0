import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imageModel, readSample } from '../support/models.ts';
import { openConnection, sendForEver } from '../support/raw-request.ts';
import { startServer, type TestServer } from '../support/server.ts';

const uploadBytes = 2_000_000;
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ limits: { uploadBytes, tensorBodyBytes: uploadBytes } });
});
afterAll(async () => server[Symbol.asyncDispose]());

const photoPath = `/models/${imageModel}`;
const speechPath = '/v1/audio/transcriptions';

function head(path: string, ...lines: string[]): string {
  return [`POST ${path} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n');
}

const chunked = 'Transfer-Encoding: chunked';
const multipart = 'Content-Type: multipart/form-data; boundary=b';
const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n';

function asChunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

describe('a body over the limit', () => {
  test('is refused before it is read where its length says so', async () => {
    using connection = openConnection(server.url);
    connection.socket.write(head(photoPath, `Content-Length: ${uploadBytes + 1}`));
    expect(await connection.status()).toBe(413);
  });

  test('is refused instead of being asked for where the client waits to be asked', async () => {
    using connection = openConnection(server.url);
    connection.socket.write(head(photoPath, `Content-Length: ${uploadBytes + 1}`, 'Expect: 100-continue'));
    expect(await connection.status()).toBe(413);
    expect(connection.received()).not.toContain('100 Continue');
  });

  test.each([
    ['the bare body', head(photoPath, chunked)],
    ['JSON', head(photoPath, chunked, 'Content-Type: application/json')],
    ['a form', head(photoPath, chunked, multipart) + asChunk(part)],
    ['tensors', head(`/v2/models/${imageModel}/infer`, chunked)],
    ["OpenAI's form", head(speechPath, chunked, multipart) + asChunk(part)],
    ['a form without any part', head(speechPath, chunked, multipart)],
  ])('is refused while it comes, and the connection ends though the body does not: %s', async (_, start) => {
    using connection = openConnection(server.url);
    connection.socket.write(start);
    sendForEver(connection.socket);
    expect(await connection.status()).toBe(413);
    await connection.closed();
    expect(connection.received()).toContain('too large');
  });

  test('does not reach the memory of the service', async () => {
    const before = process.memoryUsage().rss;
    using connection = openConnection(server.url);
    connection.socket.write(head(photoPath, chunked));
    sendForEver(connection.socket);
    await connection.closed();
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });
});

describe('a body within the limit', () => {
  test('is asked for where the client waits to be asked', async () => {
    const { bytes } = await readSample(imageModel);
    using connection = openConnection(server.url);
    connection.socket.write(head(photoPath, `Content-Length: ${bytes.length}`, 'Expect: 100-continue'));
    await expect.poll(() => connection.received()).toContain('100 Continue');
    connection.socket.write(bytes);
    expect(await connection.status()).toBe(200);
  });

  test('may fill it to the last byte', async () => {
    const body = new Uint8Array(uploadBytes);
    const response = await fetch(server.url + photoPath, { method: 'POST', body });
    expect(response.status).toBe(415);
  });

  test('may fill it to the last byte in a form', async () => {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(uploadBytes)]), 'zeros');
    const response = await fetch(server.url + photoPath, { method: 'POST', body: form });
    expect(response.status).toBe(415);
    form.set('file', new Blob([new Uint8Array(uploadBytes + 1)]), 'zeros');
    expect((await fetch(server.url + photoPath, { method: 'POST', body: form })).status).toBe(413);
  });
});

test('a form of too many fields is refused', async () => {
  const form = new FormData();
  for (let index = 0; index < 100; index += 1) form.append(`field${index}`, 'x');
  const response = await fetch(server.url + photoPath, { method: 'POST', body: form });
  expect([response.status, await response.json()]).toEqual([
    400,
    { error: expect.stringContaining('refused') },
  ]);
});

test('the service still answers after all of this', async () => {
  const { bytes } = await readSample(imageModel);
  expect((await fetch(server.url + photoPath, { method: 'POST', body: bytes })).status).toBe(200);
});
