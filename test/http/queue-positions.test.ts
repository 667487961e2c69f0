import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { longSpeech } from '../support/long-speech.ts';
import { copyModels, readSample, speechModel } from '../support/models.ts';
import { openConnection } from '../support/raw-request.ts';
import { startServer, type TestServer } from '../support/server.ts';

// One request can run and one can wait: the next is one too many.
let server: TestServer;
let models: Awaited<ReturnType<typeof copyModels>>;
let short: Buffer<ArrayBuffer>;
let long: Buffer<ArrayBuffer>;

beforeAll(async () => {
  models = await copyModels([speechModel], (manifest) => {
    manifest.limits = { ...manifest.limits, queueLength: 1 };
  });
  server = await startServer({ models: models.path, guestThreads: 1 });
  short = (await readSample(speechModel)).bytes;
  long = await longSpeech(40);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});

async function post(body: Uint8Array<ArrayBuffer>, signal?: AbortSignal): Promise<number> {
  const response = await fetch(`${server.url}/models/${speechModel}`, {
    method: 'POST',
    body,
    signal: signal ?? null,
  });
  await response.text();
  return response.status;
}

/** A request that takes minutes, if nobody hangs up. */
interface LongRequest {
  hangUp(): void;
  /** Its status, or the error that hanging up is. */
  readonly outcome: Promise<unknown>;
}

const open: LongRequest[] = [];
afterEach(async () => {
  for (const request of open) request.hangUp();
  await Promise.all(open.splice(0).map(async ({ outcome }) => outcome));
  await expect.poll(async () => post(short)).toBe(200);
});

function startLong(): LongRequest {
  const controller = new AbortController();
  const outcome = post(long, controller.signal).catch((error: unknown) => error);
  const request = { hangUp: () => controller.abort(), outcome };
  open.push(request);
  return request;
}

/** Resolves when so many requests have a place. */
async function present(count: number): Promise<'admitted' | undefined> {
  const series = `sandpiper_requests_present{model="${speechModel}"} ${count}`;
  for (let look = 0; look < 500; look++) {
    if ((await server.service.metrics()).includes(`${series}\n`)) return 'admitted';
    await sleep(10);
  }
  return undefined;
}

/** Starts long requests, one after the other, until one is turned away; returns those that were not. */
async function fillPlaces(): Promise<LongRequest[]> {
  const admitted: LongRequest[] = [];
  for (;;) {
    const request = startLong();
    const early = await Promise.race([request.outcome, present(admitted.length + 1)]);
    if (early === 429) return admitted;
    if (early !== 'admitted') throw new Error(`a long request ended early: ${String(early)}`);
    admitted.push(request);
  }
}

test('one request too many is turned away at once, in the shape of its route, and told when to come back', async () => {
  expect(await fillPlaces()).toHaveLength(2);

  const refused = await fetch(`${server.url}/models/${speechModel}`, { method: 'POST', body: short });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect(await refused.json()).toEqual({ error: expect.any(String) });

  const form = new FormData();
  form.append('file', new Blob([short]), 'speech.wav');
  form.append('model', speechModel);
  const alike = await fetch(`${server.url}/v1/audio/transcriptions`, { method: 'POST', body: form });
  expect([alike.status, alike.headers.get('retry-after')]).toEqual([429, '1']);
  expect(await alike.json()).toMatchObject({
    error: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  });
});

test('one request too many is turned away before its body is sent', async () => {
  await fillPlaces();
  for (const head of [
    `POST /models/${speechModel} HTTP/1.1\r\nHost: localhost\r\n`,
    `POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n`,
  ]) {
    using connection = openConnection(server.url);
    connection.socket.write(`${head}Content-Length: 1000000\r\n\r\n`);
    expect(await connection.status()).toBe(429);
  }
});

test('clients that hang up free their places, whether they run or wait', async () => {
  const requests = await fillPlaces();
  for (const request of requests) request.hangUp();
  await expect.poll(async () => post(short)).toBe(200);
  expect(await present(0)).toBe('admitted');
  const gone = (): number => server.log.filter((line) => line['status'] === 499).length;
  await expect.poll(gone).toBeGreaterThanOrEqual(2);
});

test('a client that hangs up while it waits frees its own place and no other', async () => {
  const [running, waiting] = await fillPlaces();
  waiting?.hangUp();
  await waiting?.outcome;
  // Its place is free, and is taken by one that gets its turn between two pieces of the sound that still runs.
  await expect.poll(async () => post(short)).toBe(200);
  expect(await present(1)).toBe('admitted');
  let ended = false;
  void running?.outcome.then(() => (ended = true));
  await post(short);
  expect(ended).toBe(false);
});

test('a client that hangs up in the middle of its upload leaves nothing behind', async () => {
  const before = server.log.length;
  for (const head of [
    '',
    'Content-Type: multipart/form-data; boundary=b\r\n',
    'Content-Type: application/json\r\n',
  ]) {
    using connection = openConnection(server.url);
    connection.socket.write(
      `POST /models/${speechModel} HTTP/1.1\r\nHost: localhost\r\n${head}Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n`,
    );
    // The service says so when it reads the body.
    await expect.poll(() => connection.received()).toContain('100 Continue');
    connection.socket.write('--b\r\nhalf');
  }
  const since = (): Record<string, unknown>[] => server.log.slice(before);
  await expect
    .poll(() => since().filter((line) => line['msg'] === 'request'))
    .toMatchObject([{ status: 499 }, { status: 499 }, { status: 499 }]);
  expect(since().filter((line) => line['level'] === 'error')).toEqual([]);
});
