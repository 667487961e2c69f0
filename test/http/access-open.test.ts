import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SettingsInput } from '../../src/config/settings.ts';
import { startColourServer, type ColourServer } from '../support/colour-models.ts';
import { openDoor, type Door } from '../support/door.ts';
import { plainRequest } from '../support/http-request.ts';

let server: ColourServer;
const doors: Door[] = [];

beforeAll(async () => {
  server = await startColourServer({ red: {} });
});
afterAll(async () => {
  for (const door of doors) await door[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function open(settings: SettingsInput): Promise<string> {
  const door = await openDoor(server.service, settings);
  doors.push(door);
  return door.url;
}

const page = 'https://page.example';

describe('A service that asks for no keys, on loopback', () => {
  test.each([
    'localhost',
    'LOCALHOST:8080',
    '127.0.0.1',
    '127.0.0.1:1',
    '[::1]:8080',
    'api.localhost',
    '10.1.2.3',
  ])('answers to the Host %s', async (host) => {
    expect((await plainRequest(`${server.url}/v1/models`, { headers: { host } })).status).toBe(200);
  });

  test.each([
    'attacker.example',
    'localhost.attacker.example',
    '127.0.0.1.nip.io',
    'a b',
    '[::1',
    'x@localhost',
  ])('does not answer to the Host %j, to which a page may have been made to lead', async (host) => {
    const { status, text } = await plainRequest(`${server.url}/v1/models`, { headers: { host } });
    expect([status, text]).toEqual([403, expect.stringContaining('Host')]);
  });

  test.each([page, 'null', 'http://localhost.attacker.example', 'http://127.0.0.1:1'])(
    'takes nothing from a page of %s, not even what needs no preflight',
    async (origin) => {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const { status, text, headers } = await plainRequest(`${server.url}/models/red`, {
          method,
          headers: { origin, 'content-type': 'text/plain' },
        });
        expect([method, status, text]).toEqual([
          method,
          403,
          expect.stringContaining('the setting corsOrigins'),
        ]);
        expect(headers['access-control-allow-origin']).toBeUndefined();
      }
    },
  );

  test('answers its own pages', async () => {
    const { status } = await plainRequest(`${server.url}/v1/models`, { headers: { origin: server.url } });
    expect(status).toBe(200);
  });

  test('is operated by whoever reaches it', async () => {
    expect((await plainRequest(`${server.url}/metrics`)).status).toBe(200);
  });
});

test('a service that was opened to everybody answers to any Host', async () => {
  const url = await open({ open: true });
  const { status } = await plainRequest(`${url}/v1/models`, { headers: { host: 'api.example' } });
  expect(status).toBe(200);
});

describe('Pages of the origins that were allowed', () => {
  const key = '0123456789abcdef';
  let urls: Record<'open' | 'keyed' | 'any', string>;
  beforeAll(async () => {
    const keys = JSON.stringify([{ name: 'page', key }]);
    urls = {
      open: await open({ corsOrigins: [page, 'https://other.example'] }),
      keyed: await open({ corsOrigins: [page], keys }),
      any: await open({ corsOrigins: ['*'] }),
    };
  });

  test.each(['open', 'keyed', 'any'] as const)(
    'may ask, and ask first whether they may: %s',
    async (which) => {
      const url = `${urls[which]}/models/red`;
      const asked = await plainRequest(url, {
        method: 'OPTIONS',
        headers: {
          origin: page,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        },
      });
      expect(asked).toMatchObject({
        status: 204,
        headers: {
          'access-control-allow-origin': which === 'any' ? '*' : page,
          'access-control-allow-methods': 'GET,HEAD,POST',
          'access-control-allow-headers': 'authorization,content-type',
          'access-control-max-age': '600',
        },
      });
      expect(asked.headers['access-control-allow-credentials']).toBeUndefined();

      const answer = await plainRequest(`${urls[which]}/v1/models`, {
        headers: { origin: page, authorization: `Bearer ${key}` },
      });
      expect(answer).toMatchObject({
        status: 200,
        headers: {
          'access-control-allow-origin': which === 'any' ? '*' : page,
          'access-control-expose-headers': expect.stringContaining('X-Request-Id'),
        },
      });
    },
  );

  test('can read why they were refused', async () => {
    const { status, headers } = await plainRequest(`${urls.keyed}/v1/models`, { headers: { origin: page } });
    expect([status, headers['access-control-allow-origin']]).toEqual([401, page]);
  });

  test('are not those of another origin', async () => {
    const headers = { origin: 'https://page.example.attacker.example' };
    expect((await plainRequest(`${urls.open}/v1/models`, { headers })).status).toBe(403);
    const keyed = await plainRequest(`${urls.keyed}/v1/models`, {
      headers: { ...headers, authorization: `Bearer ${key}` },
    });
    expect(keyed.headers['access-control-allow-origin']).toBeUndefined();
  });
});

test('every answer tells browsers to keep it to themselves, and none what made it', async () => {
  for (const path of ['/v2/health/live', '/v1/models', '/nowhere', '/metrics']) {
    const { headers } = await plainRequest(server.url + path);
    expect({ path, ...headers }).toMatchObject({
      path,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-request-id': expect.any(String),
    });
    for (const name of ['server', 'x-powered-by', 'access-control-allow-origin']) {
      expect(headers).not.toHaveProperty(name);
    }
  }
});
