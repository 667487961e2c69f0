/**
 * Hostile sockets of live sound, and a photo beside them: memory stays where it is, slots come back, and the photo is
 * answered. `npm run test:attacks` opens and drops ten thousand of them, any other run some hundred.
 */
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { guestCache } from '../support/guest-cache.ts';
import { imageModel, readSample } from '../support/models.ts';
import { openRealtime, type RealtimeClient } from '../support/realtime-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const SESSIONS = 10_000;
const MiB = 2 ** 20;
/** Growth that is no more than what the heaps of the service and of its clients, all in this process, do by themselves. */
const MAX_GROWTH = 128 * MiB;

let server: TestServer;
let photo: Uint8Array;

beforeAll(async () => {
  const limits = { answerStallMs: 1_000, liveSilenceMs: 60_000, liveAheadMs: 2_000 };
  server = await startServer({ cacheDir: guestCache, limits });
  photo = (await readSample(imageModel)).bytes;
  // The cost of the first of each on each guest thread is not growth.
  for (let round = 0; round < 10; round++)
    await Promise.all(Array.from({ length: 7 }, async () => openAndDrop({ sounds: true })));
  await slotsFree();
});
afterAll(async () => server[Symbol.asyncDispose]());

afterEach(async () => {
  const { predictions } = await server.service.classify(imageModel, new Uint8Array(photo));
  expect(predictions).not.toHaveLength(0);
  await slotsFree();
});

/** Every slot can be taken again. */
async function slotsFree(): Promise<void> {
  const most = server.service.settings.limits.maxLiveSounds - 1;
  await vi.waitFor(() => expect(countFree(most)).toBe(most), { timeout: 20_000 });
}

function countFree(most: number): number {
  const slots: Disposable[] = [];
  try {
    while (slots.length < most) slots.push(server.service.takeLiveSlot());
  } catch {
    // The others are taken.
  }
  for (const slot of slots) slot[Symbol.dispose]();
  return slots.length;
}

const sound = { type: 'input_audio_buffer.append', audio: Buffer.alloc(9_600).toString('base64') };

/** @param sounds a component is at work when the session goes */
async function openAndDrop({ sounds }: { sounds: boolean }): Promise<void> {
  const client = await openRealtime(server.url).catch(() => undefined);
  if (sounds) client?.send(sound);
  client?.socket.terminate();
}

async function growthOf(attack: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  await attack();
  return process.memoryUsage.rss() - before;
}

function socketOf(client: RealtimeClient): Socket {
  return (client.socket as unknown as { _socket: Socket })._socket;
}

test('a frame of 100 MB is refused by its header', async () => {
  const growth = await growthOf(async () => {
    for (let count = 0; count < 20; count++) {
      using client = await openRealtime(server.url);
      const header = Buffer.alloc(14);
      header.writeUInt8(0x81, 0);
      header.writeUInt8(0x80 | 127, 1);
      header.writeBigUInt64BE(100_000_000n, 2);
      socketOf(client).write(Buffer.concat([header, Buffer.alloc(100_000)]));
      expect((await client.closed).code).toBe(1009);
    }
  });
  expect(growth).toBeLessThan(MAX_GROWTH);
});

test('fragments without end come to the same limit', async () => {
  using client = await openRealtime(server.url);
  for (let count = 0; count < 50; count++) client.socket.send('A'.repeat(100_000), { fin: false });
  expect((await client.closed).code).toBe(1009);
});

test('a client that reads nothing is not read from, and hung up on', async () => {
  const ended = (): number =>
    server.log.filter(({ msg, status }) => msg === 'request' && status === 101).length;
  const growth = await growthOf(async () => {
    using client = await openRealtime(server.url);
    await expect.poll(ended).toBeGreaterThan(0);
    const before = ended();
    client.socket.pause();
    client.socket.on('error', () => undefined);
    const update = JSON.stringify({ type: 'session.update', session: { type: 'transcription' } });
    for (let count = 0; count < 40_000; count++) {
      client.socket.send(update);
      if (count % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    // By the service: the client has neither read nor closed anything.
    await expect.poll(ended).toBe(before + 1);
  });
  expect(growth).toBeLessThan(MAX_GROWTH);
});

test('silence sent as fast as it goes is held up, and ended', async () => {
  const growth = await growthOf(async () => {
    using client = await openRealtime(server.url);
    const audio = Buffer.alloc(480_000).toString('base64');
    const append = JSON.stringify({ type: 'input_audio_buffer.append', audio });
    const error = client.next('error');
    while (client.socket.readyState === 1) {
      client.socket.send(append);
      // As much as the socket takes, and no more than it: what lies here is not the service's.
      while (client.socket.bufferedAmount > MiB && client.socket.readyState === 1)
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await error).toMatchObject({ error: { message: expect.stringMatching(/liveSilenceMs/) } });
    expect((await client.closed).code).toBe(1008);
  });
  expect(growth).toBeLessThan(MAX_GROWTH);
});

test(
  `${SESSIONS} sessions that are opened and dropped leave nothing behind`,
  { timeout: 1_200_000 },
  async () => {
    const growth = await growthOf(async () => {
      for (let count = 0; count < SESSIONS; count += 3)
        await Promise.all([0, 1, 2].map(async (one) => openAndDrop({ sounds: (count + one) % 10 === 0 })));
      await slotsFree();
    });
    expect(growth).toBeLessThan(MAX_GROWTH);
  },
);

test('handshakes that are none are refused, and their slots free', async () => {
  const { hostname, port } = new URL(server.url);
  for (const line of ['Sec-WebSocket-Version: 99', 'Sec-WebSocket-Key: short', 'X-None: none']) {
    const socket = connect(Number(port), hostname);
    socket.write(
      `GET /v1/realtime HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${line}\r\n\r\n`,
    );
    let answer = '';
    for await (const chunk of socket as AsyncIterable<Buffer>) answer += chunk.toString();
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d |^$/);
  }
});
