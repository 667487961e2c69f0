/** Bodies in small chunks, which cost a client little and would cost a server much. */
import { once } from 'node:events';
import { createServer, IncomingMessage, request as ask, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { joinSmallChunks, MAX_TINY_CHUNKS } from '../../src/http/connection/join-small-chunks.ts';
import { refuseMalformed } from '../../src/http/connection/refuse-malformed.ts';
import { SERVICE_LIMITS } from '../../src/config/limits.ts';

class Joined extends IncomingMessage {
  constructor(socket: Socket) {
    super(socket);
    joinSmallChunks(this);
  }
}

let server: Server;
let pieces: number;

beforeAll(async () => {
  server = createServer({ IncomingMessage: Joined }, (request, response) => {
    pieces = 0;
    request.on('data', () => pieces++);
    void text(request).then(
      (body) => response.end(body),
      () => undefined,
    );
  }).listen(0, '127.0.0.1');
  refuseMalformed(server, SERVICE_LIMITS, () => undefined);
  await once(server, 'listening');
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
});

const port = (): number => (server.address() as AddressInfo).port;

/** @returns all that is answered */
async function send(chunk: string, count: number): Promise<string> {
  const socket = connect(port(), '127.0.0.1');
  // It may be closed before all is sent.
  socket.on('error', () => undefined);
  const head =
    'POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
  socket.write(`${head}${`${chunk.length}\r\n${chunk}\r\n`.repeat(count)}0\r\n\r\n`);
  let answer = '';
  socket.on('data', (data) => (answer += String(data)));
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

test.each([
  ['of eight bytes, however many', '12345678', 100_000],
  ['of a byte, up to a number', 'a', MAX_TINY_CHUNKS],
])('Chunks %s, are read whole, in about as many pieces as came over the wire', async (_, chunk, count) => {
  const answer = await send(chunk, count);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer.split(chunk.repeat(count))).toHaveLength(2);
  expect(pieces).toBeLessThan(count / 10);
});

test('More of a byte are refused, which is said', async () => {
  const answer = await send('a', MAX_TINY_CHUNKS + 1);
  expect(answer).toMatch(/^HTTP\/1\.1 400 .*more than 16384 chunks of a few bytes/s);
});

test.each([
  ['small after large', ['x'.repeat(70_000), 'y', 'z']],
  ['large after small', ['y', 'z', 'x'.repeat(70_000)]],
  ['nothing', []],
])('A body with %s comes in order', async (_, parts) => {
  const sent = ask({
    port: port(),
    method: 'POST',
    agent: false,
    headers: { 'transfer-encoding': 'chunked' },
  });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  for (const part of parts) sent.write(part);
  sent.end();
  const [response] = await answered;
  expect(await text(response)).toBe(parts.join(''));
});
