/** `WS /v1/realtime`: OpenAI's transcription sessions, against the real service and its real model. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDoor } from '../support/door.ts';
import { guestCache } from '../support/guest-cache.ts';
import { appends, openRealtime, spokenSample, type RealtimeClient } from '../support/realtime-client.ts';
import { speechModel, modelsOf } from '../support/models.ts';
import { openConnection } from '../support/raw-request.ts';
import { startServer, type TestServer } from '../support/server.ts';

const DELTA = 'conversation.item.input_audio_transcription.delta';
const COMPLETED = 'conversation.item.input_audio_transcription.completed';

let server: TestServer;
let sound: Awaited<ReturnType<typeof spokenSample>>;

beforeAll(async () => {
  server = await startServer({
    models: modelsOf([speechModel]),
    cacheDir: guestCache,
    limits: { maxLiveSounds: 2, liveFrameBytes: 100_000 },
  });
  sound = await spokenSample();
});
afterAll(async () => server[Symbol.asyncDispose]());

function pcmSession(input: object = {}): object {
  const format = { type: 'audio/pcm', rate: sound.sampleRate };
  const transcription = { model: speechModel };
  return {
    type: 'session.update',
    session: { type: 'transcription', audio: { input: { format, transcription, ...input } } },
  };
}

function say(client: RealtimeClient): void {
  for (const event of appends(sound.pcm, sound.sampleRate * 2)) client.send(event);
}

function textOf(client: RealtimeClient, item: unknown): string {
  const deltas = client.events.filter(({ type, item_id }) => type === DELTA && item_id === item);
  return deltas.map(({ delta }) => delta).join('');
}

describe('a session with server_vad', () => {
  test('tells where speech begins and ends, and its text as it comes', async () => {
    using client = await openRealtime(server.url);
    expect(await client.next('session.created')).toMatchObject({
      session: { type: 'transcription', audio: { input: { turn_detection: { type: 'server_vad' } } } },
    });
    // The sample has a pause of half a second.
    client.send(pcmSession({ turn_detection: { type: 'server_vad', silence_duration_ms: 900 } }));
    expect(await client.next('session.updated')).toMatchObject({
      session: {
        audio: { input: { format: { rate: sound.sampleRate }, transcription: { model: speechModel } } },
      },
    });
    say(client);
    const { item_id } = await client.next('input_audio_buffer.speech_started');
    await client.next('input_audio_buffer.speech_stopped');
    expect(await client.next('input_audio_buffer.committed')).toMatchObject({
      item_id,
      previous_item_id: null,
    });
    expect(await client.next('conversation.item.added')).toMatchObject({ item: { id: item_id } });
    expect(await client.next('conversation.item.done')).toMatchObject({ item: { id: item_id } });
    const completed = await client.next(COMPLETED);
    expect(completed).toMatchObject({
      item_id,
      content_index: 0,
      transcript: expect.stringMatching(/^ever tried[.,]? ever failed\.$/i),
      usage: { type: 'duration', seconds: expect.any(Number) },
    });
    expect(textOf(client, item_id)).toBe(completed['transcript']);
    const ids = client.events.map(({ event_id }) => event_id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('tells words that may still change where they are asked for', async () => {
    using client = await openRealtime(server.url, { query: `model=${speechModel}` });
    client.send({
      type: 'session.update',
      session: { type: 'transcription', include: ['item.input_audio_transcription.tentative'] },
    });
    client.send(pcmSession());
    for (const event of appends(sound.pcm, sound.sampleRate * 2)) {
      client.send(event);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    const { item_id: item } = await client.next(COMPLETED);
    // On a busy machine the words of another item may have come by then.
    const deltas = client.events.filter(({ type, item_id }) => type === DELTA && item_id === item);
    expect(deltas.some(({ tentative }) => tentative !== '')).toBe(true);
    expect(deltas.at(-1)).toMatchObject({ tentative: '' });
  });
});

describe('a session without turn detection', () => {
  test('completes what the client commits, and nothing that it clears', async () => {
    using client = await openRealtime(server.url);
    client.send(pcmSession({ turn_detection: null }));
    say(client);
    client.send({ type: 'input_audio_buffer.clear' });
    await client.next('input_audio_buffer.cleared');
    say(client);
    client.send({ type: 'input_audio_buffer.commit' });
    const { item_id } = await client.next('input_audio_buffer.committed');
    expect(await client.next(COMPLETED)).toMatchObject({
      item_id,
      transcript: expect.stringMatching(/^ever tried[.,]? ever failed\.$/i),
    });
    expect(client.events.filter(({ type }) => type === COMPLETED)).toHaveLength(1);
    expect(client.events.some(({ type }) => type === 'input_audio_buffer.speech_started')).toBe(false);
  });

  test.each([0, 90])('refuses to commit %i ms, and goes on', async (milliseconds) => {
    using client = await openRealtime(server.url);
    for (const event of appends(Buffer.alloc(48 * milliseconds), 48_000)) client.send(event);
    client.send({ type: 'input_audio_buffer.commit', event_id: 'mine' });
    expect(await client.next('error')).toMatchObject({
      error: {
        type: 'invalid_request_error',
        message: expect.stringMatching(/too little/),
        event_id: 'mine',
      },
    });
    client.send({ type: 'input_audio_buffer.clear' });
    await client.next('input_audio_buffer.cleared');
  });
});

test.each([
  ['audio/pcmu', Buffer.alloc(8_000, 0xff)],
  ['audio/pcma', Buffer.alloc(8_000, 0xd5)],
])('%s is taken, and nothing is said in its silence', async (type, silence) => {
  using client = await openRealtime(server.url);
  client.send(pcmSession({ format: { type }, turn_detection: null }));
  for (const event of appends(silence, 8_000)) client.send(event);
  client.send({ type: 'input_audio_buffer.commit' });
  expect(await client.next(COMPLETED)).toMatchObject({ transcript: '' });
});

test.each([8_000, 48_000])('PCM of %i samples a second is taken', async (rate) => {
  using client = await openRealtime(server.url);
  client.send(pcmSession({ format: { type: 'audio/pcm', rate } }));
  expect(await client.next('session.updated')).toMatchObject({
    session: { audio: { input: { format: { rate } } } },
  });
});

test.each([
  ['a header', { headers: { 'OpenAI-Beta': 'realtime=v1' } }],
  ['a subprotocol', { protocols: ['realtime', 'openai-beta.realtime-v1'] }],
])('the first generation of the API is spoken to those who ask for it by %s', async (_, asked) => {
  using client = await openRealtime(server.url, asked);
  await client.next('transcription_session.created');
  client.send({
    type: 'transcription_session.update',
    session: { input_audio_format: 'g711_ulaw', turn_detection: null },
  });
  expect(await client.next('transcription_session.updated')).toMatchObject({
    session: { input_audio_format: 'g711_ulaw', turn_detection: null },
  });
  for (const event of appends(Buffer.alloc(8_000, 0xff), 8_000)) client.send(event);
  client.send({ type: 'input_audio_buffer.commit' });
  await client.next('conversation.item.created');
  await client.next(COMPLETED);
});

test('says what of a session is taken: a prompt, three numbers of turns, and no noise reduction', async () => {
  using client = await openRealtime(server.url);
  const turn_detection = {
    type: 'server_vad',
    threshold: 0.4,
    prefix_padding_ms: 200,
    silence_duration_ms: 700,
  };
  const transcription = { model: speechModel, language: 'en', prompt: 'Beckett' };
  client.send(pcmSession({ turn_detection, transcription, noise_reduction: { type: 'near_field' } }));
  expect(await client.next('session.updated')).toMatchObject({
    session: { audio: { input: { turn_detection, transcription, noise_reduction: null } } },
  });
  // Turns may be detected otherwise at any time, also once sound has come.
  for (const event of appends(Buffer.alloc(4_800), 48_000)) client.send(event);
  client.send({
    type: 'session.update',
    session: { type: 'transcription', audio: { input: { turn_detection: null } } },
  });
  expect(await client.next('session.updated')).toMatchObject({
    session: { audio: { input: { turn_detection: null } } },
  });
});

test('a sound that fails has its item fail, then says so, and ends', async () => {
  await using impatient = await startServer({
    models: modelsOf([speechModel]),
    cacheDir: guestCache,
    limits: { liveIdleMs: 2_000 },
  });
  using client = await openRealtime(impatient.url);
  client.send(pcmSession());
  for (const event of appends(sound.pcm.subarray(0, sound.sampleRate * 2), sound.sampleRate * 2))
    client.send(event);
  const { item_id } = await client.next('input_audio_buffer.speech_started');
  expect(await client.next('conversation.item.input_audio_transcription.failed')).toMatchObject({
    item_id,
    error: { message: expect.stringMatching(/\w/) },
  });
  await client.next('error');
  expect((await client.closed).code).toBe(1008);
});

describe('what cannot be used is answered in words, and the session goes on', () => {
  test.each<[string, string | object, RegExp]>([
    ['no JSON', '{"type":', /Expected an event/],
    ['no event', { type: 'response.create' }, /There is no event "response.create"/],
    [
      'wrong base64',
      { type: 'input_audio_buffer.append', audio: 'a*b=' },
      /"audio": expected samples in base64/,
    ],
    ['another session', { type: 'session.update', session: { type: 'realtime' } }, /do not answer/],
    [
      'another detector',
      {
        type: 'session.update',
        session: { type: 'transcription', audio: { input: { turn_detection: { type: 'semantic_vad' } } } },
      },
      /expected server_vad/,
    ],
    [
      'log probabilities',
      {
        type: 'session.update',
        session: { type: 'transcription', include: ['item.input_audio_transcription.logprobs'] },
      },
      /tentative and nothing else/,
    ],
    [
      'a model that is not there',
      {
        type: 'session.update',
        session: { type: 'transcription', audio: { input: { transcription: { model: 'whisper-1' } } } },
      },
      /There is no model "whisper-1" here that transcribes live speech: there is moonshine-tiny/,
    ],
    [
      'a language that it does not know',
      {
        type: 'session.update',
        session: { type: 'transcription', audio: { input: { transcription: { language: 'de' } } } },
      },
      /knows en, not de/,
    ],
    ...[7_999, 48_001].map((rate): [string, object, RegExp] => [
      `${rate} samples a second`,
      {
        type: 'session.update',
        session: { type: 'transcription', audio: { input: { format: { type: 'audio/pcm', rate } } } },
      },
      /hertz from 8000 to 48000/,
    ]),
    ['more parts than any event has', `[${'1,'.repeat(2_000)}1]`, /Expected an event/],
  ])('%s', async (_, event, message) => {
    using client = await openRealtime(server.url);
    client.send(event);
    expect(await client.next('error')).toMatchObject({ error: { message: expect.stringMatching(message) } });
    client.send(pcmSession());
    await client.next('session.updated');
  });

  test.each([
    ['model', { transcription: { model: 'another' } }],
    ['language', { transcription: { language: 'en' } }],
    ['format', { format: { type: 'audio/pcmu' } }],
  ])('a %s that would change once sound has come', async (_, input) => {
    using client = await openRealtime(server.url);
    for (const event of appends(Buffer.alloc(4_800), 48_000)) client.send(event);
    client.send({ type: 'session.update', session: { type: 'transcription', audio: { input } } });
    expect(await client.next('error')).toMatchObject({
      error: { message: expect.stringMatching(/cannot change/) },
    });
  });
});

describe('what is refused before there is a socket', () => {
  test('a request that is none for a socket: 426', async () => {
    const response = await fetch(`${server.url}/v1/realtime?intent=transcription`);
    expect([response.status, response.headers.get('upgrade')]).toEqual([426, 'websocket']);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });

  test.each([
    ['another version', 'Sec-WebSocket-Version', '7'],
    ['a key that is none', 'Sec-WebSocket-Key', 'x'],
    ['subprotocols that are none', 'Sec-WebSocket-Protocol', 'a, a'],
  ])('a handshake with %s: 400 in words, and its slot is free again', async (_, name, value) => {
    const headers = new Map([
      ['Host', 'localhost'],
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
      ['Sec-WebSocket-Version', '13'],
      ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
      [name, value],
    ]);
    const lines = Array.from(headers, ([key, text]) => `${key}: ${text}\r\n`).join('');
    for (let tries = 0; tries < 3; tries++) {
      using connection = openConnection(server.url);
      connection.socket.write(`GET /v1/realtime?intent=transcription HTTP/1.1\r\n${lines}\r\n`);
      expect(await connection.status()).toBe(400);
      await connection.closed();
      expect(connection.received()).toMatch(new RegExp(`cannot be opened: .*${name}`));
    }
  });

  test('another intent: 400', async () => {
    await expect(openRealtime(server.url, { query: 'intent=conversation' })).rejects.toMatchObject({
      status: 400,
    });
  });

  test('a page of another origin: 403, with and without keys', async () => {
    const headers = { Origin: 'https://elsewhere.example' };
    await expect(openRealtime(server.url, { headers })).rejects.toMatchObject({ status: 403 });
    await using guarded = await openDoor(server.service, {
      keys: JSON.stringify([{ name: 'one', key: 'a-key-of-sixteen' }]),
    });
    const keyed = { headers, protocols: ['realtime', 'openai-insecure-api-key.a-key-of-sixteen'] };
    await expect(openRealtime(guarded.url, keyed)).rejects.toMatchObject({ status: 403 });
  });

  test('no key, where keys are asked for: 401; browsers send theirs as a subprotocol', async () => {
    const keys = [{ name: 'one', key: 'a-key-of-sixteen', requestsPerMinute: 1, burst: 2 }];
    await using guarded = await openDoor(server.service, { keys: JSON.stringify(keys) });
    await expect(openRealtime(guarded.url)).rejects.toMatchObject({ status: 401 });
    const protocols = ['realtime', 'openai-insecure-api-key.a-key-of-sixteen'];
    using client = await openRealtime(guarded.url, { protocols });
    expect(client.socket.protocol).toBe('realtime');
    using _other = await openRealtime(guarded.url, { headers: { Authorization: 'Bearer a-key-of-sixteen' } });
    await expect(openRealtime(guarded.url, { protocols })).rejects.toMatchObject({ status: 429 });
  });

  test('a key that may not see the model is told that there is none', async () => {
    const keys = [{ name: 'one', key: 'a-key-of-sixteen', models: ['efficientnet-lite0'] }];
    await using guarded = await openDoor(server.service, { keys: JSON.stringify(keys) });
    using client = await openRealtime(guarded.url, { headers: { Authorization: 'Bearer a-key-of-sixteen' } });
    client.send(pcmSession());
    expect(await client.next('error')).toMatchObject({
      error: { message: expect.stringMatching(/there is none\.$/) },
    });
  });

  test('more live sounds than maxLiveSounds: 429, until one of them ends', async () => {
    using first = await openRealtime(server.url);
    using _second = await openRealtime(server.url);
    expect(await server.service.metrics()).toMatch(/^sandpiper_live_sounds 2$/m);
    expect(await server.service.metrics()).toMatch(/^sandpiper_live_sounds_limit 2$/m);
    await expect(openRealtime(server.url)).rejects.toMatchObject({
      status: 429,
      headers: { 'retry-after': '5' },
      body: expect.stringMatching(/maxLiveSounds/),
    });
    first.socket.terminate();
    await expect
      .poll(async () => (await openRealtime(server.url).catch(() => undefined))?.[Symbol.dispose](), {
        timeout: 5_000,
      })
      .toBe(undefined);
  });
});

test('thousands of short messages at once leave the event loop a turn after each', async () => {
  using client = await openRealtime(server.url);
  await client.next('session.created');
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns++;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  for (let sent = 0; sent < 2_000; sent++) client.send('{}');
  for (let answered = 0; answered < 2_000; answered++) await client.next('error');
  counting = false;
  expect(turns).toBeGreaterThanOrEqual(2_000);
});

test('a message over liveFrameBytes ends the session with 1009', async () => {
  using client = await openRealtime(server.url);
  client.send({ type: 'input_audio_buffer.append', audio: 'A'.repeat(200_000) });
  expect((await client.closed).code).toBe(1009);
});

test('a peer that answers no pings is hung up on, and one that does stays', async () => {
  const limits = { sseKeepAliveMs: 50, answerStallMs: 1_500 };
  await using strict = await openDoor(server.service, { limits });
  using silent = await openRealtime(strict.url, { answersPings: false });
  using other = await openRealtime(strict.url);
  expect((await silent.closed).code).toBe(1006);
  other.send({ type: 'input_audio_buffer.clear' });
  await other.next('input_audio_buffer.cleared');
});

test('a service that stops lets a speaker finish his sentence, and takes no other', async () => {
  await using stopping = await startServer({ models: modelsOf([speechModel]), cacheDir: guestCache });
  using quiet = await openRealtime(stopping.url);
  using client = await openRealtime(stopping.url);
  client.send(pcmSession({ turn_detection: { type: 'server_vad', silence_duration_ms: 900 } }));
  say(client);
  await client.next('input_audio_buffer.speech_started');
  const closing = stopping.service.close(20_000);
  expect((await quiet.closed).code).toBe(1001);
  await expect(openRealtime(stopping.url)).rejects.toMatchObject({ status: 503 });
  expect(await client.next(COMPLETED)).toMatchObject({
    transcript: expect.stringMatching(/^ever tried[.,]? ever failed\.$/i),
  });
  expect((await client.closed).code).toBe(1001);
  await closing;
});
