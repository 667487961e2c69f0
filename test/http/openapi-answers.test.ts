import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenApiDocument } from '../../src/http/openapi/openapi-document.ts';
import { hasCurl } from '../support/has-curl.ts';
import { operationsOf, readDocument, realPath, type DescribedOperation } from '../support/api-document.ts';
import { openDoor } from '../support/door.ts';
import { imageModel, readSample, speechModel } from '../support/models.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);

let server: TestServer;
let document: OpenApiDocument;

beforeAll(async () => {
  server = await startServer();
  document = await readDocument(server.url);
});
afterAll(async () => server[Symbol.asyncDispose]());

describe('Real answers are as the document says', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  let samples: Record<'photo' | 'sound', Blob>;

  beforeAll(async () => {
    const [photo, sound] = await Promise.all([readSample(imageModel), readSample(speechModel)]);
    samples = { photo: new Blob([photo.bytes]), sound: new Blob([sound.bytes]) };
    ajv.addSchema(document, 'document');
  });

  /** A form of a transcription, with more fields. */
  function form(fields: Record<string, string>): RequestInit {
    const body = new FormData();
    for (const [name, value] of Object.entries({ model: speechModel, ...fields })) body.append(name, value);
    body.append('file', samples.sound, 'sound.wav');
    return { method: 'POST', body };
  }

  const json = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });
  const asked: [string, string, () => RequestInit, number][] = [
    ['a photo', '/models/{model}', () => ({ method: 'POST', body: samples.photo }), 200],
    ['no photo', '/models/{model}', () => ({ method: 'POST', body: 'no photo' }), 415],
    ['a wrong parameter', '/models/{model}?top_k=0', () => ({ method: 'POST', body: samples.photo }), 400],
    ['a sound', '/v1/audio/transcriptions', () => form({}), 200],
    ['a sound with times', '/v1/audio/transcriptions', () => form({ response_format: 'verbose_json' }), 200],
    ['a sound as text', '/v1/audio/transcriptions', () => form({ response_format: 'text' }), 200],
    ['a sound as captions', '/v1/audio/transcriptions', () => form({ response_format: 'srt' }), 200],
    ['a sound as a stream', '/v1/audio/transcriptions', () => form({ stream: 'true' }), 200],
    ['a model that is not there', '/v1/audio/transcriptions', () => form({ model: 'none' }), 404],
    ['a translation', '/v1/audio/translations', () => form({}), 400],
    ['tensors that do not fit', '/v2/models/{model}/infer', () => json({ inputs: [] }), 400],
    [
      'a file as the one tensor',
      '/v2/models/{model}/infer',
      () => ({
        method: 'POST',
        body: samples.photo,
        headers: { 'Inference-Header-Content-Length': '0' },
      }),
      200,
    ],
    ['an empty index', '/v2/repository/index', () => ({ method: 'POST' }), 200],
    ['a model that cannot be loaded', '/v2/repository/models/none/load', () => json({}), 404],
  ];

  test.each(asked)('%s: %s', async (_, path, init, expected) => {
    const { entry, response } = await ask(path, init());
    expect(response.status).toBe(expected);
    await expectDescribed(entry, response);
  });

  test('whatever is only read', async () => {
    for (const { path, method } of operationsOf(document)) {
      if (method !== 'get') continue;
      const { entry, response } = await ask(path, {});
      // A request that is no WebSocket.
      expect([path, response.status]).toEqual([path, path === '/v1/realtime' ? 426 : 200]);
      await expectDescribed(entry, response);
    }
  });

  async function ask(
    path: string,
    init: RequestInit,
  ): Promise<{ entry: DescribedOperation; response: Response }> {
    const described = path.replace(/\?.*/, '').replace('/none/', '/{model}/');
    const entry = operationsOf(document).find((one) => one.path === described);
    if (entry === undefined) throw new Error(`${path} is not in the document`);
    return { entry, response: await fetch(server.url + realPath(path), init) };
  }

  async function expectDescribed({ path, method }: DescribedOperation, response: Response): Promise<void> {
    const pointer = `/paths/${escape(path)}/${method}/responses/${response.status}`;
    const at = follow(pointer);
    const answer = at.value as {
      headers: Record<string, { $ref: string }>;
      content: Record<string, unknown>;
    };
    for (const [name, { $ref }] of Object.entries(answer.headers)) {
      const { required } = follow($ref.slice(1)).value as { required: boolean };
      if (required) expect(response.headers.has(name)).toBe(true);
    }
    const type = (response.headers.get('content-type') ?? '').replace(/;.*/, '');
    expect(Object.keys(answer.content)).toContain(type);
    const text = await response.text();
    expectToFit(
      `${at.pointer}/content/${escape(type)}/schema`,
      type === 'application/json' ? JSON.parse(text) : text,
    );
    if (type !== 'text/event-stream') return;
    const events = [...text.matchAll(/^data: (\{.*)$/gm)];
    expect(events.length).toBeGreaterThan(1);
    for (const [, data = ''] of events) expectToFit('/components/schemas/TranscriptEvent', JSON.parse(data));
  }

  /** @param pointer of a schema in the document */
  function expectToFit(pointer: string, value: unknown): void {
    const reference = pointer.split('/').map(encodeURIComponent).join('/');
    const fits = ajv.validate({ $ref: `document#${reference}` }, value);
    expect([fits, ajv.errors]).toEqual([true, null]);
  }

  /** The value at a JSON pointer, through a reference if there is one. */
  function follow(pointer: string): { pointer: string; value: unknown } {
    let value: unknown = document;
    for (const part of pointer.split('/').slice(1)) {
      value = Reflect.get(Object(value), part.replaceAll('~1', '/').replaceAll('~0', '~'));
    }
    const $ref: unknown = Reflect.get(Object(value), '$ref');
    return typeof $ref === 'string' ? follow($ref.slice(1)) : { pointer, value };
  }

  function escape(part: string): string {
    return part.replaceAll('~', '~0').replaceAll('/', '~1');
  }
});

const curl = hasCurl() ? describe : describe.skip;

curl('The curl lines (skipped where there is no curl)', () => {
  test('do what they say', async () => {
    const key = 'a-key-of-an-operator-0001';
    await using guarded = await openDoor(server.service, {
      keys: JSON.stringify([{ name: 'operator', key, operator: true }]),
    });
    await using folder = await temporaryFolder('sandpiper-curl-');
    const [photo, sound] = await Promise.all([readSample(imageModel), readSample(speechModel)]);
    await writeFile(join(folder.path, 'photo.jpg'), photo.bytes);
    await writeFile(join(folder.path, 'sound.wav'), sound.bytes);
    const refused: Record<string, string> = {
      createTranslation: '400',
      runSoleModel: '400',
      // None of the models that come along gives embeddings.
      createEmbeddings: '404',
      realtime: '426',
    };
    for (const { operation } of operationsOf(await readDocument(guarded.url, key))) {
      // The others need the model.
      if (operation.operationId === 'unloadModel') continue;
      const line = operation['x-codeSamples']?.[0]?.source;
      // There is no line for a model whose input is none of the files here.
      if (line === undefined) continue;
      const { stdout } = await run(
        'sh',
        ['-c', `${line} --silent --output /dev/null --write-out '%{http_code}'`],
        {
          cwd: folder.path,
          env: { ...process.env, KEY: key },
        },
      );
      expect([line, stdout]).toEqual([line, refused[operation.operationId] ?? '200']);
    }
  });
});
