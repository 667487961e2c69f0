import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import express from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveSettings } from '../../src/config/settings.ts';
import { createHttpApp } from '../../src/http/http-app.ts';
import { activitySchema, overviewSchema } from '../../src/http/page/schemas.ts';
import { readDocument } from '../support/api-document.ts';
import { pictureTo, startColourServer, type ColourServer } from '../support/colour-models.ts';
import { loggerInto, openDoor, type Door } from '../support/door.ts';
import { repository } from '../support/readme.ts';

const folder = join(repository, 'src/http/page/files');
const key = 'a-key-of-somebody-01';
const asBrowser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const withKey = { authorization: `Bearer ${key}` };

let server: ColourServer;
let guarded: Door;
let without: Door;
/** Files that a browser loads, by name. */
let files: string[];
beforeAll(async () => {
  server = await startColourServer({ leaves: {}, secret: {} });
  const keys = JSON.stringify([{ name: 'somebody', key, models: ['leaves'] }]);
  [guarded, without] = await Promise.all([
    openDoor(server.service, { keys }),
    openDoor(server.service, { page: false }),
  ]);
  files = (await readdir(folder)).filter((name) => /\.(js|css|svg)$/.test(name));
});
afterAll(async () => {
  await without[Symbol.asyncDispose]();
  await guarded[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const get = async (url: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { headers, redirect: 'manual' });

describe('GET / of a browser', () => {
  test('is the page, and of a program what it was', async () => {
    for (const url of [server.url, guarded.url]) {
      const response = await get(url, asBrowser);
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        'text/html; charset=utf-8',
      ]);
      expect(await response.text()).toContain('<script type="module" src="page/main.js">');
    }
    expect((await get(server.url)).status).toBe(405);
    expect((await get(guarded.url)).status).toBe(401);
  });

  test('may run and load what this service has, and nothing else', async () => {
    const policy = (await get(server.url, asBrowser)).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const texts = await Promise.all(
      ['index.html', ...files].map(async (name) => readFile(join(folder, name), 'utf8')),
    );
    expect(texts.join('\n').replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(
      /https?:\/\/|innerHTML|\beval\(|\sstyle="|\son\w+="/,
    );
  });

  test('under the path of another server leads to where its files are found', async () => {
    const app = express();
    app.use(
      '/ai',
      createHttpApp(server.service, { settings: resolveSettings(), logger: loggerInto([]), keys: undefined }),
    );
    const listening = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => listening.once('listening', resolve));
    const address = listening.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/ai`;
    const response = await get(url, asBrowser);
    expect([response.status, new URL(response.headers.get('location') ?? '', url).href]).toEqual([
      302,
      `${url}/`,
    ]);
    expect((await get(`${url}/`, asBrowser)).status).toBe(200);
    expect((await get(`${url}/page/main.js`)).status).toBe(200);
    listening.close();
  });
});

describe('The files of the page', () => {
  test('are served to everybody, compressed, and once', async () => {
    let bytes = 0;
    for (const name of files) {
      const url = `${guarded.url}/page/${name}`;
      const first = await get(url, { 'accept-encoding': 'br' });
      expect([name, first.status]).toEqual([name, 200]);
      bytes += Number(first.headers.get('content-length'));
      const etag = first.headers.get('etag') ?? '';
      const again = await get(url, {
        'accept-encoding': 'br',
        'if-none-match': etag,
        'cache-control': 'max-age=0',
      });
      expect([name, again.status]).toEqual([name, 304]);
    }
    expect(files.length).toBeGreaterThan(10);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(60_000);
  });

  test.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
    ['identity', (bytes: Buffer) => bytes],
  ] as const)('are the same bytes in %s', async (coding, decode) => {
    const response = await get(`${server.url}/page/main.js`, { 'accept-encoding': coding });
    expect(response.headers.get('vary')).toContain('Accept-Encoding');
    const length = Number(response.headers.get('content-length'));
    const whole = await readFile(join(folder, 'main.js'));
    if (coding === 'identity') expect(length).toBe(whole.byteLength);
    else expect(length).toBeLessThan(whole.byteLength / 2);
    // fetch has already decoded the body.
    const sent = Buffer.from(await response.arrayBuffer());
    expect((sent.equals(whole) ? sent : decode(sent)).equals(whole)).toBe(true);
  });

  test.each(['nothing.js', 'tsconfig.json', 'index.html', '..%2fpackage.json', '%2e%2e%2fpackage.json'])(
    'are no others: %s',
    async (name) => {
      expect((await get(`${server.url}/page/${name}`)).status).toBe(404);
    },
  );
});

describe('What the page asks for', () => {
  test('is told to whoever has a key, of the models that are his', async () => {
    for (const path of ['models', 'activity', 'models/leaves/sample'])
      expect([path, (await get(`${guarded.url}/page/${path}`)).status]).toEqual([path, 401]);
    const overview = overviewSchema.parse(await (await get(`${guarded.url}/page/models`, withKey)).json());
    expect(overview.models).toEqual([
      expect.objectContaining({ name: 'leaves', version: '1', state: 'READY', task: 'image-classification' }),
    ]);
    expect((await get(`${guarded.url}/page/models/leaves/sample`, withKey)).status).toBe(200);
    const refused = await get(`${guarded.url}/page/models/secret/sample`, withKey);
    const unknown = await get(`${guarded.url}/page/models/nobody/sample`, withKey);
    expect([refused.status, unknown.status]).toEqual([404, 404]);
    expect((await refused.text()).replace('secret', 'nobody')).toBe(await unknown.text());
  });

  test('lists each model with what it made of its sample', async () => {
    const overview = overviewSchema.parse(await (await get(`${server.url}/page/models`)).json());
    expect(overview.models.map(({ name }) => name)).toEqual(['leaves', 'secret']);
    expect(overview.models[0]?.sample?.answer).toMatch(/\w+ \(\d\.\d\d\)/);
  });

  test('has the sample as a download and never as a page', async () => {
    const response = await get(`${server.url}/page/models/leaves/sample`);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename=/);
    const answer = await fetch(`${server.url}/models/leaves`, {
      method: 'POST',
      body: await response.blob(),
    });
    expect(answer.status).toBe(200);
  });

  test('counts what was answered and refused, and tells memory to whoever may see all', async () => {
    const look = async (url = server.url, headers = {}) =>
      activitySchema.parse(await (await get(`${url}/page/activity`, headers)).json());
    const before = await look(guarded.url, withKey);
    const body = new Uint8Array(await pictureTo('answer'));
    expect((await fetch(`${server.url}/models/leaves`, { method: 'POST', body })).status).toBe(200);
    expect((await fetch(`${server.url}/models/secret`, { method: 'POST', body })).status).toBe(200);
    expect((await fetch(`${server.url}/models/leaves`, { method: 'POST', body: 'no photo' })).status).toBe(
      415,
    );
    const own = await look(guarded.url, withKey);
    expect([own.answered - before.answered, own.failed - before.failed]).toEqual([1, 1]);
    expect(own).not.toHaveProperty('memory_bytes');
    const all = await look();
    expect(all.answered).toBeGreaterThan(own.answered);
    expect(all).toMatchObject({ waiting: 0, running: 0, memory_bytes: expect.any(Number) });
    expect(all.p99_ms).toBeGreaterThanOrEqual(all.p50_ms ?? Infinity);
  });

  test('is told to no page of another origin', async () => {
    for (const path of ['', 'page/main.js', 'page/models', 'page/activity', 'page/models/leaves/sample']) {
      const response = await get(`${server.url}/${path}`, {
        ...asBrowser,
        origin: 'https://elsewhere.example',
      });
      expect([path, response.status]).toEqual([path, 403]);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

describe('Without the page', () => {
  test('a browser is led to the description of the API, which has no way to it', async () => {
    const response = await get(without.url, asBrowser);
    expect([response.status, response.headers.get('location')]).toEqual([302, 'docs']);
    for (const path of ['main.js', 'models', 'activity', 'models/leaves/sample'])
      expect([path, (await get(`${without.url}/page/${path}`)).status]).toEqual([path, 404]);
    expect(await (await get(`${without.url}/docs`)).text()).not.toContain('Try the models');
    expect(Object.keys((await readDocument(without.url)).paths).join()).not.toContain('/page');
  });

  test('and with it the description leads there', async () => {
    expect(await (await get(`${server.url}/docs`)).text()).toContain('<a href="./">Try the models</a>');
  });
});
