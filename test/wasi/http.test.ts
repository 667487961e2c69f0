import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompiledComponent } from '../../src/sandbox/guest-protocol.ts';
import { commandOf, ERROR, type Asked } from './support/http-command.ts';
import { loadGuest, NO_GRANTS, WasiGuest, type WasiGuestOptions } from './support/wasi-guest.ts';

let server: Server;
let host: string;
let component: CompiledComponent;
let guest: WasiGuest;

beforeAll(async () => {
  server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  component = await loadGuest('wasi-http');
  guest = makeGuest();
});
afterAll(async () => {
  await guest[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

function makeGuest(limits: WasiGuestOptions['limits'] = {}): WasiGuest {
  return new WasiGuest(component, {
    limits,
    grants: { ...NO_GRANTS, clocks: true, http: [`http://${host}`] },
  });
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/hang') return;
  if (request.url === '/redirect') return void response.writeHead(302, { location: '/echo' }).end();
  if (request.url === '/large') return void response.end(Buffer.alloc(300_000, 'a'));
  if (request.url === '/cut') {
    response.writeHead(200, { 'content-length': 100 }).write('begun');
    return void setTimeout(() => response.destroy(), 20);
  }
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () =>
    response.end(
      JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }),
    ),
  );
}

const command = (asked: Partial<Asked> = {}): string => commandOf({ authority: host, ...asked });

describe('a request to a granted host', () => {
  it('goes there and comes back', async () => {
    const [status, echo = ''] = (
      await guest.run(command({ path: '/echo?a=1', headers: ['x-one: 1'] }))
    ).split('\n');
    expect(status).toBe('200');
    expect(JSON.parse(echo)).toEqual({
      method: 'GET',
      url: '/echo?a=1',
      headers: { host, connection: 'close', 'x-one': '1' },
      body: '',
    });
  });

  it('carries on the trace that it is made for, under a span of its own, and no other', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const outcome = await guest.call(command({ path: '/echo?key=secret', headers: ['x-one: 1'] }), 20_000, {
      traceparent: `00-${trace}-b7ad6b7169203331-01`,
      tracestate: 'shop=7',
    });
    const spans = outcome.spans.filter(({ name }) => name === 'http.client');
    expect(spans).toMatchObject([
      {
        error: undefined,
        attributes: {
          'http.request.method': 'GET',
          'http.response.status_code': 200,
          'server.address': '127.0.0.1',
          'url.full': `http://${host}/echo`,
        },
      },
    ]);
    const [, echo = ''] = String('value' in outcome && outcome.value).split('\n');
    expect(JSON.parse(echo)).toMatchObject({
      headers: { traceparent: `00-${trace}-${spans[0]?.id}-01`, tracestate: 'shop=7' },
    });
    // The component's own comes first, and a call that is not followed says nothing.
    const own = command({ headers: ['Traceparent: own'] });
    const followed = await guest.call(own, 20_000, { traceparent: `00-${trace}-b7ad6b7169203331-01` });
    expect(String('value' in followed && followed.value)).toContain('"traceparent":"own"');
    expect(await guest.run(command())).not.toContain('traceparent');
  });

  it('has a span that says how it failed', async () => {
    const spanOf = async (asked: Partial<Asked>) =>
      (await guest.call(command(asked))).spans.find(({ name }) => name === 'http.client');
    expect(await spanOf({ path: '/cut' })).toMatchObject({ error: 'connection-terminated' });
    expect(await spanOf({ path: '/hang', timeout: '50' })).toMatchObject({ error: 'HTTP-response-timeout' });
  });

  it('carries a body', async () => {
    const body = 'b'.repeat(50_000);
    const answered = await guest.run(command({ method: 'POST', body }));
    expect(JSON.parse(answered.slice(4))).toMatchObject({ method: 'POST', body });
  });

  it('follows no redirect', async () => {
    expect(await guest.run(command({ path: '/redirect' }))).toBe('302\n');
  });

  it('tells of a response that breaks off', async () => {
    expect(await guest.run(command({ path: '/cut' }))).toBe(`read: ${ERROR.connectionTerminated}`);
  });

  it('keeps its own time limit', async () => {
    expect(await guest.run(command({ path: '/hang', timeout: '50' }))).toBe(
      `response: ${ERROR.responseTimeout}`,
    );
  });

  it('ends at the deadline, with its connection', async () => {
    const [connection] = await Promise.all([
      once(server, 'request').then(async ([request]) => once((request as IncomingMessage).socket, 'close')),
      expect(guest.call(command({ path: '/hang' }), 200)).rejects.toThrow('timeout'),
    ]);
    expect(connection).toBeDefined();
    expect(await guest.run(command({ path: '/redirect' }))).toBe('302\n');
  });
});

describe('the body of a request is framed by the host:', () => {
  const smuggled = `GET /smuggled HTTP/1.1\r\nHost: ${'x'.repeat(8)}\r\n\r\n`;

  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST', 'PUT', 'M-SEARCH'])(
    'a body of %s is one body and no second request',
    async (method) => {
      const seen: string[] = [];
      const count = ({ url = '' }: IncomingMessage): void => void seen.push(url);
      server.on('request', count);
      const answered = await guest.run(command({ method, body: smuggled }));
      server.off('request', count);
      expect(answered.slice(0, 4)).toBe('200\n');
      if (method !== 'HEAD') {
        expect(JSON.parse(answered.slice(4))).toMatchObject({
          method,
          headers: { 'transfer-encoding': 'chunked' },
          body: smuggled,
        });
      }
      expect(seen).toEqual(['/echo']);
    },
  );

  it.each(['GET', 'POST'])('a Content-Length that is kept to is sent, by %s', async (method) => {
    const answered = await guest.run(command({ method, headers: ['Content-Length: 4'], body: 'four' }));
    const echo = JSON.parse(answered.slice(4)) as { headers: Record<string, string>; body: string };
    expect(echo).toMatchObject({ headers: { 'content-length': '4' }, body: 'four' });
    expect(echo.headers).not.toHaveProperty('transfer-encoding');
  });

  it.each([
    ['fewer bytes than it says', ['content-length: 100'], ERROR.requestBodySize],
    ['more bytes than it says', ['content-length: 3'], ERROR.requestBodySize],
    ['two lengths', ['content-length: 4', 'Content-Length: 4'], ERROR.protocolError],
    ['a list of lengths', ['content-length: 4, 4'], ERROR.protocolError],
    ['a length that is none', ['content-length: 0x4'], ERROR.protocolError],
    ['a signed length', ['content-length: +4'], ERROR.protocolError],
    ['an empty length', ['content-length: '], ERROR.protocolError],
  ])('%s fails the request', async (_, headers, error) => {
    for (const method of ['GET', 'POST']) {
      expect(await guest.run(command({ method, headers, body: 'four' }))).toBe(`response: ${error}`);
    }
    expect(await guest.run(command({ path: '/redirect' }))).toBe('302\n');
  });

  it('without one there is no framing at all', async () => {
    const answered = await guest.run(command({ method: 'DELETE' }));
    expect(JSON.parse(answered.slice(4))).toMatchObject({ headers: { host, connection: 'close' } });
    expect(answered).not.toContain('content-length');
    expect(answered).not.toContain('transfer-encoding');
  });
});

describe('what a component may not send', () => {
  it('goes to the granted host by the granted scheme only', async () => {
    expect(await guest.run(command({ scheme: 'https' }))).toBe(`handle: ${ERROR.requestDenied}`);
  });

  it('is no more than httpBytes, either way', async () => {
    await using small = makeGuest({ httpBytes: 100_000 });
    expect(await small.run(command({ path: '/large' }))).toBe(`read: ${ERROR.responseBodySize}`);
    expect(await small.run(command({ method: 'POST', body: 'b'.repeat(100_001) }))).toBe('write: 0');
    expect(await small.run(command({ path: '/redirect' }))).toBe('302\n');
  });
});
