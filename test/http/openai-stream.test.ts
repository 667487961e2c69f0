import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveSettings } from '../../src/config/settings.ts';
import { createHttpApp } from '../../src/http/http-app.ts';
import { serveHttp } from '../../src/http/http-server.ts';
import { errorSchema, transcriptEventSchema } from '../../src/http/openai/schemas.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { soundTo, speechGuest, startSpeechServer, type SpeechServer } from '../support/speech-guest.ts';

let server: SpeechServer;
beforeAll(async () => {
  server = await startSpeechServer();
});
afterAll(async () => server[Symbol.asyncDispose]());

type What = Parameters<typeof soundTo>[0];

interface Asked {
  file?: Buffer<ArrayBuffer>;
  format?: string;
  signal?: AbortSignal;
  url?: string;
}

function formTo(what: What, { file = soundTo(what), format }: Asked = {}): FormData {
  const form = new FormData();
  form.append('file', new Blob([file]), 'speech.wav');
  form.append('model', speechGuest);
  form.append('stream', 'true');
  if (format !== undefined) form.append('response_format', format);
  return form;
}

async function ask(what: What, asked: Asked = {}): Promise<Response> {
  const { signal = null, url = server.url } = asked;
  return fetch(`${url}/v1/audio/transcriptions`, { method: 'POST', body: formTo(what, asked), signal });
}

/** The first bytes of a stream, whose client then leaves. */
async function beginning(what: What, url?: string): Promise<string> {
  const leaving = new AbortController();
  try {
    const response = await ask(what, { signal: leaving.signal, ...(url !== undefined && { url }) });
    expect(response.status).toBe(200);
    for await (const chunk of response.body ?? []) return Buffer.from(chunk).toString();
    throw new Error('the stream is empty');
  } finally {
    leaving.abort();
  }
}

/** The data of each event; comments left out. */
function dataOf(body: string): string[] {
  return [...body.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => data);
}

describe('a stream', () => {
  test.each(['json', 'text'])(
    'of %s gives deltas, the whole text with its usage, and [DONE]',
    async (format) => {
      const response = await ask('tell', { format });
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        'text/event-stream; charset=utf-8',
      ]);
      expect(response.headers.get('cache-control')).toContain('no-cache');
      const data = dataOf(await response.text());
      expect(data.pop()).toBe('[DONE]');
      const events = data.map((json) => transcriptEventSchema.parse(JSON.parse(json)));
      const done = events.pop();
      expect(done).toEqual({
        type: 'transcript.text.done',
        text: 'Hello world',
        usage: { type: 'tokens', input_tokens: 0, output_tokens: 2, total_tokens: 2 },
      });
      const deltas = events.filter((event) => event.type === 'transcript.text.delta');
      expect(deltas.map(({ delta }) => delta).join('')).toBe('Hello world');
      // As the component tells how far the text reaches.
      expect(deltas.map(({ seconds }) => seconds)).toEqual([0.1, 0.2]);
    },
  );

  test('comes while the model decodes, and ends its work when the client leaves', async () => {
    const told = dataOf(await beginning('tellAndLoop')).map((json) => JSON.parse(json) as unknown);
    expect(told).toEqual([{ type: 'transcript.text.delta', delta: 'Hello', seconds: expect.any(Number) }]);
    await server.allPlacesFree();
  });

  test('of a component that tells nothing has all of the text in one delta', async () => {
    const data = dataOf(await (await ask('keepQuiet')).text());
    expect(data[0]).toMatch(/^\{"type":"transcript.text.delta","delta":"Hello world","seconds":[\d.]+\}$/);
    expect(data).toHaveLength(3);
  });

  test('says that it goes on while there is nothing to tell', async () => {
    const settings = resolveSettings({ port: 0, logLevel: 'silent', limits: { sseKeepAliveMs: 20 } });
    const logger = createLogger(settings);
    const impatient = await serveHttp(
      createHttpApp(server.service, { settings, logger, keys: undefined }),
      settings,
      logger,
    );
    expect(await beginning('loop', impatient.url)).toBe(':\n\n');
    await impatient.close();
    await server.allPlacesFree();
  });

  test.each(['verbose_json', 'srt', 'vtt'])('of %s is refused, with what can be streamed', async (format) => {
    const response = await ask('tell', { format });
    expect([response.status, errorSchema.parse(await response.json()).error]).toEqual([
      400,
      {
        message: `Field "response_format": ${format} cannot be streamed: ask for json or text, or leave "stream" out.`,
        type: 'invalid_request_error',
        param: 'response_format',
        code: 'unsupported_value',
      },
    ]);
  });
});

describe('what fails', () => {
  test('before anything was told is answered with its status', async () => {
    const response = await ask('tell', { file: Buffer.from('no sound') });
    expect(response.status).toBe(415);
    expect(errorSchema.parse(await response.json()).error.type).toBe('invalid_request_error');
  });

  test.each<[string, What, string, RegExp]>([
    [
      'a component that fails',
      'trap',
      'Hello',
      /^The component of this model failed; its log says why, under request id /,
    ],
    [
      'a component that gives another text than it told',
      'tellAnother',
      'Other',
      /^The component answered another text than it had reported while it worked\.$/,
    ],
  ])('after that ends the stream with the error and without [DONE]: %s', async (_, what, told, message) => {
    const response = await ask(what);
    const text = await response.text();
    const [delta, error, ...rest] = dataOf(text);
    expect(delta).toContain(`{"type":"transcript.text.delta","delta":"${told}",`);
    expect(text).toContain('event: error\n');
    expect(errorSchema.parse(JSON.parse(error ?? '')).error).toEqual({
      message: expect.stringMatching(message),
      type: 'server_error',
      param: null,
      code: null,
    });
    expect(rest).toEqual([]);
    await server.allPlacesFree();
  });
});
