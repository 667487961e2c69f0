/** `POST /v1/audio/transcriptions` whose sound is still being sent: the answer comes while it does. */
import { readFile } from 'node:fs/promises';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guestCache } from '../support/guest-cache.ts';
import { readSample, speechModel, modelsOf } from '../support/models.ts';
import { startServer, type TestServer } from '../support/server.ts';

const BOUNDARY = 'a-boundary';

let server: TestServer;
let wav: Buffer;

beforeAll(async () => {
  server = await startServer({ models: modelsOf([speechModel]), cacheDir: guestCache });
  wav = (await readSample(speechModel)).bytes;
});
afterAll(async () => server[Symbol.asyncDispose]());

function part(name: string, value: string): string {
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
}

function openUpload(fields: Record<string, string>): {
  sending: ClientRequest;
  answer: Promise<IncomingMessage>;
} {
  const headers = { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` };
  const sending = request(`${server.url}/v1/audio/transcriptions`, { method: 'POST', headers });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    sending.once('response', resolve);
    sending.once('error', reject);
  });
  for (const [name, value] of Object.entries(fields)) sending.write(part(name, value));
  sending.write(
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="live.wav"\r\nContent-Type: audio/wav\r\n\r\n`,
  );
  return { sending, answer };
}

test('words are told before the sound has ended, and joined are its text', async () => {
  const { sending, answer } = openUpload({ model: speechModel, stream: 'true' });
  // Its writer does not know how long it will be. A second of silence ends the first sentence.
  const head = Buffer.from(wav.subarray(0, wav.indexOf('data', 12, 'latin1') + 8));
  head.writeUInt32LE(0xffff_ffff, head.length - 4);
  sending.write(head);
  sending.write(wav.subarray(head.length));
  sending.write(Buffer.alloc(wav.readUInt32LE(24) * 2));
  const response = await answer;
  expect([response.statusCode, response.headers['content-type']]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
  ]);
  let text = '';
  for await (const chunk of response as AsyncIterable<Buffer>) {
    text += chunk.toString();
    // Only now that words have come is the sound ended.
    if (text.includes('transcript.text.delta') && !sending.writableEnded)
      sending.end(`\r\n--${BOUNDARY}--\r\n`);
  }
  const events = [...text.matchAll(/^data: (\{.*)$/gm)].map(
    ([, data = '']) => JSON.parse(data) as Record<string, unknown>,
  );
  const done = events.at(-1);
  expect(done).toMatchObject({
    type: 'transcript.text.done',
    text: expect.stringMatching(/^ever tried[.,]? ever failed\.$/i),
  });
  expect(events.flatMap(({ delta }) => (typeof delta === 'string' ? delta : [])).join('')).toBe(
    done?.['text'],
  );
});

test.each([
  ['the fields come too late to tell', {}, { model: speechModel, stream: 'true' }],
  ['no stream is asked for', { model: speechModel }, {}],
])('a sound is taken as a whole where %s', async (_, before, after) => {
  const { sending, answer } = openUpload(before);
  sending.write(wav);
  sending.write('\r\n');
  for (const [name, value] of Object.entries(after)) sending.write(part(name, value));
  sending.end(`--${BOUNDARY}--\r\n`);
  const response = await answer;
  expect(response.statusCode).toBe(200);
  let text = '';
  for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString();
  expect(text).toMatch(/ever tried/i);
});

test.each(['tone.flac', 'tone.mp3', 'tone.aiff'])('%s is answered once it is complete', async (name) => {
  const { sending, answer } = openUpload({ model: speechModel, stream: 'true' });
  sending.write(await readFile(join(import.meta.dirname, '../media/fixtures', name)));
  let answered = false;
  void answer.then(() => (answered = true));
  // Whoever comes after it has an answer before it.
  expect((await fetch(`${server.url}/v2/health/ready`)).status).toBe(200);
  expect(answered).toBe(false);
  sending.end(`\r\n--${BOUNDARY}--\r\n`);
  const response = await answer;
  expect(response.statusCode).toBe(200);
  let text = '';
  for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString();
  expect(text).toMatch(/\[DONE\]/);
});

const noWav = async (): Promise<Buffer> =>
  Buffer.concat([Buffer.from('RIFF0000WAVEdata'), Buffer.alloc(4_096)]);
const damagedOgg = async (): Promise<Buffer> => {
  const ogg = await readFile(join(import.meta.dirname, '../media/fixtures/tone-opus.ogg'));
  return ogg.fill(0, ogg.lastIndexOf('OggS'));
};

test.each([
  ['WAV', noWav],
  ['Ogg', damagedOgg],
])('a %s file that is none is refused while it is still being sent', async (_, file) => {
  const { sending, answer } = openUpload({ model: speechModel, stream: 'true' });
  sending.write(await file());
  const response = await answer;
  expect(response.statusCode).toBe(422);
  response.destroy();
});
