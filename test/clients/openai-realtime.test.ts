/** npm `openai`: its realtime clients of both generations, unchanged, against the real service and its real model. */
import { connect } from 'node:net';
import OpenAI from 'openai';
import { OpenAIRealtimeWS as BetaRealtimeWS } from 'openai/beta/realtime/ws';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guestCache } from '../support/guest-cache.ts';
import { speechModel, modelsOf } from '../support/models.ts';
import { appends, spokenSample } from '../support/realtime-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let sound: Awaited<ReturnType<typeof spokenSample>>;

beforeAll(async () => {
  server = await startServer({ models: modelsOf([speechModel]), cacheDir: guestCache });
  sound = await spokenSample();
});
afterAll(async () => server[Symbol.asyncDispose]());

const said = /^ever tried[.,]? ever failed\.$/i;
const openai = (): OpenAI => new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'any' });

/** Their clients connect by TLS only, which a proxy ends elsewhere: here the connection is plain. */
function plain(): { createConnection: () => ReturnType<typeof connect> } {
  const { hostname, port } = new URL(server.url);
  return { createConnection: () => connect(Number(port), hostname) };
}

test('a transcription session with server_vad', async () => {
  const realtime = new OpenAIRealtimeWS({ intent: 'transcription', options: plain() }, openai());
  const done = Promise.withResolvers<string>();
  let deltas = '';
  realtime.on('error', done.reject);
  realtime.on('session.updated', () => {
    for (const event of appends(sound.pcm, sound.sampleRate * 2)) realtime.send(event as never);
  });
  realtime.on('conversation.item.input_audio_transcription.delta', ({ delta }) => (deltas += delta ?? ''));
  realtime.on('conversation.item.input_audio_transcription.completed', ({ transcript }) =>
    done.resolve(transcript),
  );
  realtime.on('session.created', () =>
    realtime.send({
      type: 'session.update',
      session: {
        type: 'transcription',
        audio: {
          input: {
            format: { type: 'audio/pcm', rate: sound.sampleRate as 24_000 },
            noise_reduction: { type: 'near_field' },
            transcription: { model: speechModel, language: 'en' },
            turn_detection: { type: 'server_vad', threshold: 0.5, silence_duration_ms: 900 },
          },
        },
      },
    }),
  );
  try {
    expect(await done.promise).toMatch(said);
    expect(deltas).toBe(await done.promise);
  } finally {
    realtime.close();
  }
});

test('a session of the first generation that the client commits', async () => {
  const options = { ...plain(), headers: { 'OpenAI-Beta': 'realtime=v1' } };
  const realtime = new BetaRealtimeWS({ model: speechModel, options }, openai());
  const done = Promise.withResolvers<string>();
  realtime.on('error', done.reject);
  realtime.on('conversation.item.input_audio_transcription.completed', ({ transcript }) =>
    done.resolve(transcript),
  );
  realtime.on('transcription_session.updated', () => {
    // G.711 at 8 kHz: silence, in which nothing is said.
    for (const event of appends(Buffer.alloc(8_000, 0xff), 8_000)) realtime.send(event as never);
    realtime.send({ type: 'input_audio_buffer.commit' });
  });
  realtime.socket.on('open', () =>
    realtime.send({
      type: 'transcription_session.update',
      session: { input_audio_format: 'g711_ulaw', turn_detection: null as never },
    }),
  );
  try {
    expect(await done.promise).toBe('');
  } finally {
    realtime.close();
  }
});

test('what is refused comes as the error that programs listen for', async () => {
  const realtime = new OpenAIRealtimeWS({ intent: 'transcription', options: plain() }, openai());
  const failed = Promise.withResolvers<{ error?: unknown }>();
  realtime.on('error', failed.resolve);
  realtime.on('session.created', () => realtime.send({ type: 'response.create' }));
  try {
    expect(await failed.promise).toMatchObject({
      error: { type: 'invalid_request_error', code: 'unsupported_value', param: 'type' },
    });
  } finally {
    realtime.close();
  }
});
