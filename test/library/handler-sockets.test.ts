/** Live speech through a handler in a server of one's own. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createHandler, openSandpiper, type Handler, type Sandpiper } from '../../src/index.ts';
import { guestCache } from '../support/guest-cache.ts';
import { copyModels, speechModel } from '../support/models.ts';
import { appends, openRealtime, spokenSample } from '../support/realtime-client.ts';

const COMPLETED = 'conversation.item.input_audio_transcription.completed';

let models: Awaited<ReturnType<typeof copyModels>>;
let sandpiper: Sandpiper;
let handler: Handler;
beforeAll(async () => {
  models = await copyModels([speechModel]);
  sandpiper = await open();
  handler = await createHandler(sandpiper);
});
afterAll(async () => {
  await sandpiper.close();
  await models[Symbol.asyncDispose]();
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function open(keys?: string): Promise<Sandpiper> {
  const settings = { models: models.path, cacheDir: guestCache, logLevel: 'silent' as const };
  return openSandpiper({ ...settings, ...(keys !== undefined && { keys }) });
}

async function listen(listener: RequestListener, upgrade?: Handler['upgrade']): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  if (upgrade !== undefined) server.on('upgrade', upgrade);
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function textOfSample(url: string): Promise<unknown> {
  const { pcm, sampleRate } = await spokenSample();
  using client = await openRealtime(url, { query: `model=${speechModel}` });
  const format = { type: 'audio/pcm', rate: sampleRate };
  // The sample has a pause of half a second.
  const turn_detection = { type: 'server_vad', silence_duration_ms: 900 };
  const input = { format, turn_detection };
  client.send({ type: 'session.update', session: { type: 'transcription', audio: { input } } });
  for (const event of appends(pcm, sampleRate * 2)) client.send(event);
  return (await client.next(COMPLETED))['transcript'];
}

const said = expect.stringMatching(/^ever tried[.,]? ever failed\.$/i);

test('its upgrade gives live speech a socket', async () => {
  expect(await textOfSample(await listen(handler, handler.upgrade))).toEqual(said);
});

test('under a path, beside sockets of the server itself', async () => {
  const own = new WebSocketServer({ noServer: true });
  own.on('connection', (socket) => socket.send('own'));
  const url = await listen(handler, (request, socket: Duplex, head) => {
    if (!request.url?.startsWith('/ai/'))
      return own.handleUpgrade(request, socket, head, (made) => own.emit('connection', made, request));
    request.url = request.url.slice('/ai'.length);
    handler.upgrade(request, socket, head);
  });
  expect(await textOfSample(`${url}/ai`)).toEqual(said);
  const other = new WebSocket(`${url.replace('http', 'ws')}/elsewhere`);
  expect(String((await once(other, 'message'))[0])).toBe('own');
  other.terminate();
});

test('what is no route for a socket, or has no key, is answered as any request is', async () => {
  const url = await listen(handler, handler.upgrade);
  await expect(openRealtime(`${url}/no/such`)).rejects.toMatchObject({ status: 404 });
  await using guarded = await open(JSON.stringify([{ name: 'one', key: 'a-key-of-sixteen' }]));
  const keyed = await createHandler(guarded);
  const guardedUrl = await listen(keyed, keyed.upgrade);
  await expect(openRealtime(guardedUrl)).rejects.toMatchObject({ status: 401 });
  using client = await openRealtime(guardedUrl, { headers: { Authorization: 'Bearer a-key-of-sixteen' } });
  await client.next('session.created');
});

test('where nobody listens for upgrades, the answer is 426', async () => {
  await expect(openRealtime(await listen(handler))).rejects.toMatchObject({ status: 426 });
});

test('closing the service closes its sockets with 1001', async () => {
  const closing = await open();
  const { upgrade } = await createHandler(closing);
  using client = await openRealtime(await listen(handler, upgrade));
  await client.next('session.created');
  await closing.close();
  expect((await client.closed).code).toBe(1001);
});
