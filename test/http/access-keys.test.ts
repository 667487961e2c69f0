import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CallerService } from '../../src/access/caller-service.ts';
import { pictureTo, startColourServer, type ColourServer } from '../support/colour-models.ts';
import { openDoor } from '../support/door.ts';
import { openConnection } from '../support/raw-request.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const everything = 'key-of-everything-0123456789';
const mine = 'key-of-mine-0123456789';
const hurried = 'key-of-hurried-0123456789';

const keys: object[] = [
  { name: 'everything', sha256: createHash('sha256').update(everything).digest('hex'), operator: true },
  { name: 'mine', key: mine, models: ['mine', 'not-there-yet'] },
  { name: 'hurried', key: hurried, requestsPerMinute: 1, burst: 2 },
];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let file: string;
let server: ColourServer;
let picture: Buffer;

beforeAll(async () => {
  folder = await temporaryFolder('sandpiper-keys-');
  file = join(folder.path, 'keys.json');
  await writeFile(file, JSON.stringify(keys));
  picture = await pictureTo('answer');
  server = await startColourServer({ mine: {}, theirs: {} }, { keys: file });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function ask(path: string, key?: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (key !== undefined) headers.set('authorization', `Bearer ${key}`);
  return fetch(server.url + path, { ...init, headers });
}

async function show(path: string, key?: string, init: RequestInit = {}): Promise<[number, unknown]> {
  const response = await ask(path, key, init);
  return [response.status, await response.json()];
}

/** A message in the shape of the convention of a path. */
function errorOf(path: string, message: unknown, code: string | null): object {
  return path.startsWith('/v1/')
    ? { error: { message, type: 'invalid_request_error', param: null, code } }
    : { error: message };
}

const routes = [
  ['GET', '/v1/models'],
  ['GET', '/v1/models/mine'],
  ['POST', '/v1/audio/transcriptions'],
  ['POST', '/models/mine'],
  ['GET', '/v2/models/mine/ready'],
  ['GET', '/metrics'],
  ['GET', '/nowhere'],
] as const;

describe('Without a key of the file', () => {
  test.each(routes)("%s %s is a 401 in its convention's shape", async (method, path) => {
    const response = await ask(path, undefined, { method });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="sandpiper"');
    expect(await response.json()).toEqual(
      errorOf(path, expect.stringContaining('asks for a key'), 'invalid_api_key'),
    );
  });

  test.each([
    [`Bearer ${mine}x`, 'not known here', 'Bearer realm="sandpiper", error="invalid_token"'],
    [`Bearer ${mine.slice(0, -1)}`, 'not known here', 'Bearer realm="sandpiper", error="invalid_token"'],
    [`Bearer ${mine} ${mine}`, 'no bearer key', 'Bearer realm="sandpiper"'],
    ['Bearer', 'no bearer key', 'Bearer realm="sandpiper"'],
    [`Basic ${btoa(`mine:${mine}`)}`, 'no bearer key', 'Bearer realm="sandpiper"'],
    [mine, 'no bearer key', 'Bearer realm="sandpiper"'],
  ])('%s opens nothing', async (authorization, message, challenge) => {
    const response = await ask('/v1/models', undefined, { headers: { authorization } });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, challenge]);
    expect(JSON.stringify(await response.json())).toContain(message);
  });

  test('a client that waits to be asked for its body is not asked for it', async () => {
    using connection = openConnection(server.url);
    connection.socket.write(
      'POST /models/mine HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n',
    );
    expect(await connection.status()).toBe(401);
    expect(connection.received()).not.toContain('100 Continue');
  });

  test.each(['/v2/health/live', '/v2/health/ready'])('%s answers, for probes have no keys', async (path) => {
    expect((await ask(path)).status).toBe(200);
  });
});

describe('A key with a list of models', () => {
  test('runs what is on it, whatever the case of "bearer"', async () => {
    const init = { method: 'POST', body: picture, headers: { authorization: `bEARER ${mine}` } };
    expect(await show('/models/mine', undefined, init)).toEqual([200, [expect.anything()]]);
    await expect
      .poll(() => server.log.find((line) => line['key'] === 'mine' && line['model'] === 'mine'))
      .toMatchObject({ msg: 'request', status: 200 });
  });

  test('asks its only model at the root, where a key that sees several must name one', async () => {
    expect(await show('/', mine, { method: 'POST', body: picture })).toEqual([200, [expect.anything()]]);
    expect((await ask('/', everything, { method: 'POST', body: picture })).status).toBe(400);
  });

  test.each([
    ['GET', '/v1/models/NAME'],
    ['POST', '/models/NAME'],
    ['GET', '/v2/models/NAME'],
    ['GET', '/v2/models/NAME/versions/1'],
    ['GET', '/v2/models/NAME/ready'],
    ['GET', '/v2/models/NAME/config'],
    ['GET', '/v2/models/NAME/stats'],
    ['POST', '/v2/models/NAME/infer'],
  ])('gets for any other the answer that a model gets that is not there: %s %s', async (method, path) => {
    const answers = await Promise.all(
      ['theirs', 'not-there-yet', 'never-there'].map(async (name) => {
        const response = await ask(path.replace('NAME', name), mine, { method });
        const { date: _, 'x-request-id': __, ...headers } = Object.fromEntries(response.headers);
        const text = (await response.text()).replaceAll(name, 'NAME');
        return { status: response.status, text, ...headers, 'content-length': '' };
      }),
    );
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ status: 404 });
    expect((await ask(path.replace('NAME', 'theirs'), everything, { method })).status).not.toBe(404);
  });

  test('does not see another in a list, and one that sees all does', async () => {
    const lists = async (key: string): Promise<unknown[]> => [
      await show('/v1/models', key),
      await show('/v2/models', key),
      await show('/v2/models/stats', key),
      await show('/v2/repository/index', key, { method: 'POST' }),
    ];
    for (const [status, list] of (await lists(mine)) as [number, unknown][]) {
      expect([status, JSON.stringify(list)]).toEqual([200, expect.stringContaining('"mine"')]);
      expect(JSON.stringify(list)).not.toContain('theirs');
    }
    for (const list of await lists(everything)) {
      expect(JSON.stringify(list)).toContain('"mine"');
      expect(JSON.stringify(list)).toContain('"theirs"');
    }
  });

  test('may not read the metrics, which name all, and one that sees all may', async () => {
    expect(await show('/metrics', mine)).toEqual([403, { error: expect.stringContaining('for some') }]);
    expect((await ask('/metrics', everything)).status).toBe(200);
  });
});

describe('Models are taken in and out', () => {
  const act = async (name: string, what: string, key: string): Promise<number> =>
    (await ask(`/v2/repository/models/${name}/${what}`, key, { method: 'POST' })).status;

  test('by a key of an operator only', async () => {
    for (const what of ['load', 'unload']) {
      expect(await act('mine', what, mine)).toBe(403);
    }
    expect(await act('theirs', 'load', everything)).toBe(200);
  });

  test('through a port that was opened to everybody by nobody', async () => {
    await using door = await openDoor(server.service, { open: true });
    const response = await fetch(`${door.url}/v2/repository/models/mine/unload`, { method: 'POST' });
    expect([response.status, await response.json()]).toEqual([
      403,
      { error: expect.stringContaining('operator') },
    ]);
  });
});

test('a key over its rate is sent away with the time to wait, and the others are not', async () => {
  const statuses = [];
  for (let index = 0; index < 4; index += 1) statuses.push((await ask('/v1/models', hurried)).status);
  expect(statuses).toEqual([200, 200, 429, 429]);
  const response = await ask('/v1/models', hurried);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(50);
  expect(Number(response.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  expect(await response.json()).toMatchObject({
    error: {
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      message: expect.stringContaining('1 times'),
    },
  });
  expect((await ask('/v2/health/live', hurried)).status).toBe(200);
  expect((await ask('/v1/models', mine)).status).toBe(200);
});

describe('The service as a caller sees it', () => {
  const rights = { models: new Set(['mine']), operator: false };

  test('has its own models and no others', async () => {
    const own = new CallerService(server.service, rights);
    expect(own.describeModel('mine').name).toBe('mine');
    expect(own.statistics().map(({ name }) => name)).toEqual(['mine']);
    expect((await own.repositoryIndex()).map(({ name }) => name)).toEqual(['mine']);
    const absent = { code: 'not-found', message: expect.stringContaining('no model "theirs"') };
    expect(() => own.describeModel('theirs')).toThrow(expect.objectContaining(absent));
    expect(() => own.statistics('theirs')).toThrow(expect.objectContaining(absent));
    await expect(own.infer('theirs', [])).rejects.toMatchObject(absent);
    await expect(own.classify('theirs', picture)).rejects.toMatchObject(absent);
    await expect(own.transcribe('theirs', picture)).rejects.toMatchObject(absent);
  });

  test("takes models in and out for an operator only, and only the operator's own", async () => {
    const own = new CallerService(server.service, rights);
    const operator = new CallerService(server.service, { ...rights, operator: true });
    for (const act of ['loadModel', 'unloadModel'] as const) {
      await expect(own[act]('mine')).rejects.toMatchObject({ code: 'forbidden', status: 403 });
      await expect(operator[act]('theirs')).rejects.toMatchObject({ code: 'not-found' });
    }
  });
});

describe('When the file changes', () => {
  const added = 'key-that-was-added-later';
  const status = async (key: string): Promise<number> => (await ask('/v2/models/mine/ready', key)).status;

  test('new keys open, and those that are gone do not', async () => {
    await writeFile(
      file,
      JSON.stringify([...keys.filter((key) => key !== keys[1]), { name: 'new', key: added }]),
    );
    await expect.poll(async () => status(added)).toBe(200);
    expect(await status(mine)).toBe(401);
    expect(await status(hurried), 'its rate goes on where it was').toBe(429);
  });

  test.each([
    ['no JSON', `[{"name": "new", "key": "${added}"`],
    ['no keys', '[]'],
    ['a key in the wrong place', `[{"name": "${added} ", "key": "x"}]`],
    ['nothing at all', undefined],
  ])('to %s, the keys read before stay and the log says so', async (_, text) => {
    const said = server.log.length;
    if (text === undefined) await rm(file);
    else await writeFile(file, text);
    await expect
      .poll(() => server.log.slice(said).map(({ level, msg }) => [level, msg]))
      .toContainEqual(['error', expect.stringContaining('The keys read before stay in force.')]);
    expect(await status(added)).toBe(200);
  });
});

test('no key came into the log', () => {
  const log = JSON.stringify(server.log);
  for (const part of ['key-of-', 'key-that-']) expect(log).not.toContain(part);
});
