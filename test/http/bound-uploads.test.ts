import { afterEach, beforeEach, expect, test } from 'vitest';
import { boundUploads } from '../../src/http/body/bound-uploads.ts';
import { openBodyServer, type BodyServer } from '../support/body-server.ts';
import { openConnection, type RawConnection } from '../support/raw-request.ts';

const ROOM = 100_000;

let server: BodyServer;
beforeEach(async () => {
  server = await openBodyServer(boundUploads({ maxBodyBytesInFlight: ROOM }));
});
afterEach(async () => {
  for (const connection of open.splice(0)) connection[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

const open: RawConnection[] = [];

/** Begins an upload of a client, and waits until its first bytes have been read. */
async function upload(client: string, bytes: number): Promise<RawConnection> {
  const before = server.received();
  const connection = openConnection(server.url);
  open.push(connection);
  connection.socket.write(
    `POST / HTTP/1.1\r\nHost: localhost\r\nX-Client: ${client}\r\nTransfer-Encoding: chunked\r\n\r\n` +
      piece(bytes),
  );
  await expect.poll(() => server.received()).toBe(before + bytes);
  return connection;
}

const piece = (bytes: number): string => `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`;
const END = '0\r\n\r\n';

test('one upload alone may be larger than the bound', async () => {
  const alone = await upload('a', 2 * ROOM);
  alone.socket.write(END);
  expect(await alone.status()).toBe(200);
});

test('over the bound the client with the most bytes loses its largest upload, and no other does', async () => {
  const [small, large] = [await upload('greedy', 30_000), await upload('greedy', 40_000)];
  // Larger than each of the others, and yet of the client that sends less in all.
  const other = await upload('modest', 50_000);
  expect(await large.status()).toBe(429);
  expect(large.received()).toContain('maxBodyBytesInFlight');
  for (const connection of [small, other]) {
    connection.socket.write(END);
    expect(await connection.status()).toBe(200);
  }
});

test('a body counts until it is whole', async () => {
  const first = await upload('a', 90_000);
  first.socket.write(END);
  expect(await first.status()).toBe(200);
  const [second, third] = [await upload('a', 60_000), await upload('b', 39_000)];
  for (const connection of [second, third]) {
    connection.socket.write(END);
    expect(await connection.status()).toBe(200);
  }
});

test('a body of a client that hangs up counts no longer', async () => {
  const gone = await upload('a', 90_000);
  gone[Symbol.dispose]();
  await expect.poll(() => server.waiting()).toBe(0);
  const [second, third] = [await upload('a', 60_000), await upload('b', 39_000)];
  for (const connection of [second, third]) {
    connection.socket.write(END);
    expect(await connection.status()).toBe(200);
  }
});
