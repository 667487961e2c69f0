import { afterEach, expect, test } from 'vitest';
import { keepUploadPace } from '../../src/http/body/upload-pace.ts';
import { openBodyServer, type BodyServer } from '../support/body-server.ts';
import { openConnection } from '../support/raw-request.ts';

/** A body may fall 400 ms behind 100 kB a second. */
const LIMITS = { uploadBytesPerSecond: 100_000, uploadStallMs: 400 };
const head = (bytes: number, ...more: string[]) =>
  ['POST / HTTP/1.1', 'Host: localhost', `Content-Length: ${bytes}`, ...more, '', ''].join('\r\n');

const UNREAD = 'X-Unread: until the test says so';

let server: BodyServer | undefined;
afterEach(async () => server?.[Symbol.asyncDispose]());

const service = { state: 'ready' as 'ready' | 'draining' };

async function open(): Promise<BodyServer> {
  service.state = 'ready';
  server = await openBodyServer(keepUploadPace(service, LIMITS));
  return server;
}

/** Waits until an upload that stalls has been refused: any other that is too slow would be by then. */
async function expectStallRefused(url: string): Promise<void> {
  using stalled = openConnection(url);
  stalled.socket.write(`${head(100)}half`);
  expect(await stalled.status()).toBe(408);
  expect(stalled.received()).toContain('of 100000 bytes a second or more');
}

test('a body that stalls is answered with 408, whose message says the pace', async () => {
  const { url } = await open();
  await expectStallRefused(url);
});

test('a body that comes in time is read, also long after the pace was last checked', async () => {
  const { url } = await open();
  using connection = openConnection(url);
  connection.socket.write(`${head(4)}whol`);
  expect(await connection.status()).toBe(200);
  await expectStallRefused(url);
  connection.socket.write(`${head(4)}more`);
  await expect.poll(() => connection.received().match(/ 200 OK/g)).toHaveLength(2);
});

test('a client that waits to be asked for its body is not slow', async () => {
  const { url, read } = await open();
  using waiting = openConnection(url);
  waiting.socket.write(head(4, UNREAD, 'Expect: 100-continue'));
  await expectStallRefused(url);
  read();
  await expect.poll(() => waiting.received()).toContain('100 Continue');
  waiting.socket.write('late');
  expect(await waiting.status()).toBe(200);
});

test('a body that lies here unread is not slow', async () => {
  const { url, read } = await open();
  using queued = openConnection(url);
  queued.socket.write(`${head(8, UNREAD)}half`);
  await expectStallRefused(url);
  read();
  queued.socket.write('half');
  expect(await queued.status()).toBe(200);
});

test('a service that stops refuses bodies that are incomplete with 503, and answers those that are whole', async () => {
  const { url, read, waiting } = await open();
  using half = openConnection(url);
  half.socket.write(`${head(8, UNREAD)}half`);
  using whole = openConnection(url);
  whole.socket.write(`${head(4, UNREAD)}whol`);
  await expect.poll(waiting).toBe(2);
  service.state = 'draining';
  expect(await half.status()).toBe(503);
  read();
  expect(await whole.status()).toBe(200);
});
