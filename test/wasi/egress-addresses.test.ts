import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { matchesHost, parseHostPattern, parseOrigin } from '../../src/config/host-pattern.ts';
import type { HttpError } from '../../src/capabilities/http/http-error.ts';
import { isPublicAddress } from '../../src/capabilities/http/public-address.ts';
import type { Resolve } from '../../src/capabilities/http/resolve-host.ts';
import { sendRequest } from '../../src/capabilities/http/send-request.ts';

const matches = (pattern: string, scheme: 'http' | 'https', authority: string): boolean => {
  const [parsed, origin] = [parseHostPattern(pattern), parseOrigin(scheme, authority)];
  return parsed !== undefined && origin !== undefined && matchesHost(parsed, origin);
};

describe('a host pattern', () => {
  it.each([
    ['api.example.com', 'https', 'api.example.com'],
    ['api.example.com', 'https', 'API.Example.COM:443'],
    ['api.example.com', 'https', 'api.example.com.'],
    ['http://api.example.com', 'http', 'api.example.com:80'],
    ['*.example.com:8443', 'https', 'a.b.example.com:8443'],
    ['http://127.0.0.1:8080', 'http', '127.1:8080'],
    ['https://[::1]', 'https', '[0:0::1]'],
    ['bücher.example', 'https', 'xn--bcher-kva.example'],
  ] as const)('%s matches %s://%s', (pattern, scheme, authority) => {
    expect(matches(pattern, scheme, authority)).toBe(true);
  });

  it.each([
    ['api.example.com', 'http', 'api.example.com'],
    ['api.example.com', 'https', 'api.example.com:8443'],
    ['api.example.com', 'https', 'api.example.com.evil.org'],
    ['api.example.com', 'https', 'evil.org?.api.example.com'],
    ['api.example.com', 'https', 'user@api.example.com'],
    ['*.example.com', 'https', 'example.com'],
    ['*.example.com', 'https', 'evilexample.com'],
    ['*.example.com', 'https', 'example.com.evil.org'],
  ] as const)('%s does not match %s://%s', (pattern, scheme, authority) => {
    expect(matches(pattern, scheme, authority)).toBe(false);
  });
});

describe('an address inside', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:1.1.1.1',
    '::ffff:101:101',
    '::ffff:0:1.1.1.1',
    '::127.0.0.1',
    '168.63.129.16',
    '::ffff:168.63.129.16',
    '64:ff9b::168.63.129.16',
    '64:ff9b:1::a00:1',
    '2001:0:a00:1::',
    'fe80::1%lo',
    'no address',
    '',
    '64:ff9b::a00:1',
    '2002:7f00:1::',
    'fd00::1',
    'fe80::1',
    'ff02::1',
  ])('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['93.184.216.34', '1.1.1.1', '172.32.0.1', '168.63.129.17', '2606:4700::1111'])(
    'is not %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

/** Asks `name`, whose addresses a hostile name server chooses, for a server of this machine. */
async function ask(name: string, addresses: string[], privateAllowed: boolean): Promise<string> {
  const server = createServer((_, response) => response.end('inside')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { promise, resolve } = Promise.withResolvers<string>();
  const sink = {
    response: (status: number) => resolve(String(status)),
    bytes: () => undefined,
    end: () => undefined,
    error: (error: HttpError) => resolve(error.tag),
  };
  const lookup: Resolve = async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const none = { connectMs: 2_000, firstByteMs: undefined, betweenBytesMs: undefined };
  const origin = { scheme: 'http', host: name, port } as const;
  const request = sendRequest(
    { method: 'GET', origin, path: '/', headers: [], privateAllowed, ...none },
    sink,
    lookup,
  );
  request.end();
  const answer = await promise;
  request.destroy();
  server.close();
  return answer;
}

describe('a name that resolves to an address inside', () => {
  it('is not connected to', async () => {
    expect(await ask('rebound.example', ['127.0.0.1'], false)).toBe('destination-IP-prohibited');
    expect(await ask('rebound.example', ['::ffff:127.0.0.1', '169.254.169.254'], false)).toBe(
      'destination-IP-prohibited',
    );
  });

  it('is not beside one outside', async () => {
    // The first is an address that nobody has.
    expect(await ask('rebound.example', ['4000::1', '127.0.0.1'], false)).not.toBe('200');
  });

  it('is, where the manifest names the address itself', async () => {
    expect(await ask('127.0.0.1', [], true)).toBe('200');
    expect(await ask('localhost', ['127.0.0.1'], true)).toBe('200');
  });
});

describe('headers of the connection', () => {
  it('are those of the host, though a component copies them from a response', async () => {
    const seen = Promise.withResolvers<IncomingMessage>();
    const server = createServer((request, response) => {
      seen.resolve(request);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const copied = {
      Host: 'inside.example',
      Connection: 'upgrade',
      Upgrade: 'websocket',
      'Transfer-Encoding': 'chunked',
      Expect: '100-continue',
      'X-Own': 'kept',
    };
    const request = sendRequest(
      {
        method: 'GET',
        origin: { scheme: 'http', host: '127.0.0.1', port },
        path: '/',
        headers: Object.entries(copied).map(([name, value]) => [name, new Uint8Array(Buffer.from(value))]),
        privateAllowed: true,
        connectMs: 2_000,
        firstByteMs: undefined,
        betweenBytesMs: undefined,
      },
      { response: () => {}, bytes: () => {}, end: () => {}, error: () => {} },
    );
    request.end();
    expect((await seen.promise).headers).toEqual({
      host: `127.0.0.1:${port}`,
      connection: 'close',
      'x-own': 'kept',
    });
    request.destroy();
    server.close();
  });
});
