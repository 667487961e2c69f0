import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commandOf, ERROR, type Asked } from './support/http-command.ts';
import { loadGuest, NO_GRANTS, WasiGuest } from './support/wasi-guest.ts';

// What a component that writes its requests to attack gets onto the wire, byte by byte.

let server: Server;
let port: number;
let guest: WasiGuest;
let wire: string;
let reply: string;

beforeAll(async () => {
  server = createServer((socket) => {
    socket.setEncoding('latin1').on('data', (text: string) => {
      wire += text;
      if (text.includes('\r\n\r\n')) socket.write(reply);
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
  const granted = [`http://127.0.0.1:${port}`, `http://*.inside.example:${port}`];
  guest = new WasiGuest(await loadGuest('wasi-http'), {
    grants: { ...NO_GRANTS, clocks: true, http: granted },
  });
});
afterAll(async () => {
  await guest[Symbol.asyncDispose]();
  server.close();
});
beforeEach(() => {
  wire = '';
  reply = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
});

const ask = async (asked: Partial<Asked>): Promise<string> =>
  guest.run(commandOf({ authority: `127.0.0.1:${port}`, ...asked }));

/** The items of a list that two spaces or lines part, with JSON's escapes; in a command a vertical tab is a line feed. */
const list = (text: string): string[] =>
  text
    .trim()
    .split(/\s{2,}/)
    .map((item) => (JSON.parse(`"${item}"`) as string).replaceAll('\n', '\v'));

/** The granted host as this text is, with PORT for its port. */
const at = (authority: string): Partial<Asked> => ({ authority: authority.replace('PORT', String(port)) });

const { raw } = String;

describe('Nothing reaches the wire of', () => {
  afterEach(() => expect(wire).toBe(''));

  it.each(list('CONNECT  connect  CoNNect  TRACE  trace  TRACK'))('the method %s', async (method) => {
    expect(await ask({ method, body: 'four' })).toBe(`handle: ${ERROR.methodInvalid}`);
  });

  const noMethods = raw`
    GET /hidden  GET\r  GE\tT  GET\n  G\u0000T  GÉT  GET /hidden HTTP/1.1\r\nHost: inside\r\n\r\nGET`;
  it.each(['', 'A'.repeat(65), ...list(noMethods)])('a method that is none: %j', async (method) => {
    expect(await ask({ method })).toBe('set-method: 0');
  });

  const connection = `
    Host  HOST  Connection  Keep-Alive  Proxy-Connection  Upgrade  HTTP2-Settings  http2_settings  Expect  TE  te
    Trailer  Transfer-Encoding  TRANSFER-encoding  transfer_encoding  Content_Length  Proxy-Authorization`;
  it.each(list(connection))('a header of the connection: %s', async (name) => {
    expect(await ask({ method: 'POST', headers: [`${name}: 4`], body: 'four' })).toBe('append: 1');
  });

  const noNames = raw`
    Content-Length\u0020  \u0020Content-Length  Transfer-Encoding\t  x\u0000  x\r  x\n  ｈost  x\u0010y  Transfer‐Encoding
    x(y)`;
  it.each(['', ...list(noNames)])('a name of a header that is none: %j', async (name) => {
    expect(await ask({ headers: [`${name}: 4`] })).toBe('append: 0');
  });

  const noValues = raw`
    a\rb  a\nb  a\r\n b  a\r\n\tb  a\u0000b  \u007f  a\u0001  \n  a\r\n\r\nGET /hidden HTTP/1.1\r\nHost: inside\r\n\r\n`;
  it.each(list(noValues))('a value of a header that is more than text: %j', async (value) => {
    expect(await ask({ headers: [`x: ${value}`] })).toBe('append: 0');
  });

  const noPaths = raw`
    echo  *  ?q  http://inside/  //a b  /a\tb  /a\n  /a\r\nx: y  / HTTP/1.1\r\n\r\nGET /hidden  /é  /\u010a  /\u007f
    /\u0000  /a#b  #`;
  it.each(list(noPaths))('a path that is none: %j', async (path) => {
    expect(await ask({ path })).toBe('set-path: 0');
  });

  const noAuthorities = raw`
    u@127.0.0.1:PORT  u:p@127.0.0.1:PORT  127.0.0.1:PORT/x  127.0.0.1:PORT?  127.0.0.1:PORT#  127.0.0.1:PORT\\x
    127.0.0.1: PORT  127.0.0.1:+PORT  127.0.0.1:0  127.0.0.1:65536  127.0.0.1:-1  127.0.0.1:PORT\r\nx: y
    127.0.0.1\n:PORT  127.0.0.1%00:PORT  127.0.0.1%0d%0a:PORT  [fe80::1%25lo]  256.0.0.1:PORT  127.0.0.0.1:PORT
    x.127.0.0.1:PORT  [127.0.0.1]:PORT  [`;
  it.each(['', ...list(noAuthorities)])('an authority that is none: %j', async (authority) => {
    expect(await ask(at(authority))).toBe('set-authority: 0');
  });

  const notGranted = raw`
    127.0.0.1  127.0.0.1:1  127.0.0.2:PORT  127.0.0.1..:PORT  0.0.0.0:PORT  0:PORT  localhost:PORT  LOCALHOST.:PORT
    local\u00adhost:PORT  ⓛocalhost:PORT  [::1]:PORT  [::]:PORT  [::7f00:1]:PORT  [::ffff:127.0.0.1]:PORT
    [::ffff:7f00:1]:PORT  [64:ff9b::7f00:1]:PORT  [2002:7f00:1::]:PORT  169.254.169.254  0xa9fea9fe:PORT
    168.63.129.16:PORT  0250.077.0201.020:PORT  100.64.0.1:PORT  inside.example:PORT  x.inside.example
    x.inside.example.example:PORT`;
  it.each(list(notGranted))('a host that is not granted: %s', async (authority) => {
    expect(await ask(at(authority))).toBe(`handle: ${ERROR.requestDenied}`);
  });

  it('trailers, nor of what they come after', async () => {
    const headers = ['+x: y'];
    expect(await ask({ method: 'POST', headers, body: 'four' })).toBe(`finish: ${ERROR.internalError}`);
  });
});

describe('One request with the host as it is written in the grant goes out for', () => {
  const plain = (line: string): string =>
    `${line} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`;

  const spellings = `
    0177.0.0.1:PORT  0x7f.1:PORT  2130706433:PORT  127.1:PORT  127.0.0.1.:PORT  127%2e0.0.1:PORT  １２７.0.0.1:PORT
    127。0。0。1:PORT  127.0.0.1:0PORT`;
  it.each(list(spellings))('the spelling %s', async (authority) => {
    expect(await ask(at(authority))).toBe('200\n');
    expect(wire).toBe(plain('GET /echo'));
  });

  it.each(['//inside/x', '/%0d%0aHost:inside', '/..', '/@inside', '/http://inside/', '/?'])(
    'the path %s',
    async (path) => {
      expect(await ask({ path })).toBe('200\n');
      expect(wire).toBe(plain(`GET ${path}`));
    },
  );

  it('a body that looks like the end of its chunks and a request', async () => {
    const body = '0;a=b\r\n\r\nGET /hidden HTTP/1.1\r\n\r\n';
    expect(await ask({ method: 'DELETE', body })).toBe('200\n');
    expect(wire).toMatch(/\r\nTransfer-Encoding: chunked\r\n/);
    expect(wire).toContain(`\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
  });

  it('a length that is written with zeros before it, as the number that it is', async () => {
    expect(await ask({ method: 'GET', headers: ['Content-Length: 0004'], body: 'four' })).toBe('200\n');
    expect(wire).toContain('\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfour');
    expect(wire).not.toContain('0004');
  });
});

describe('A server that answers with', () => {
  it.each([
    ['another protocol', 'HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n', ERROR.upgradeFailed],
    [
      'two lengths',
      'HTTP/1.1 200 x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok',
      ERROR.protocolError,
    ],
    ['no HTTP', 'SSH-2.0-x\r\n', ERROR.protocolError],
  ])('%s fails the request at once', async (_, text, error) => {
    reply = text;
    expect(await ask({})).toBe(`response: ${error}`);
  });
});
