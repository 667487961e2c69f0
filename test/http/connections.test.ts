import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceLimits } from '../../src/config/limits.ts';
import { startColourServer, type ColourServer } from '../support/colour-models.ts';
import { openDoor, type Door } from '../support/door.ts';
import { openConnection, sendForEver, type RawConnection } from '../support/raw-request.ts';

let server: ColourServer;
const doors: Door[] = [];

beforeAll(async () => {
  server = await startColourServer({ red: {} });
});
afterEach(async () => {
  for (const door of doors.splice(0)) await door[Symbol.asyncDispose]();
});
afterAll(async () => server[Symbol.asyncDispose]());

/** Another door of the same service. */
async function open(limits: Partial<ServiceLimits>): Promise<Door> {
  const door = await openDoor(server.service, { limits });
  doors.push(door);
  return door;
}

function head(method: string, path: string, ...lines: string[]): string {
  return [`${method} ${path} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n');
}

function bodyOf(connection: RawConnection): unknown {
  const answer = connection.received();
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));
}

const live = head('GET', '/v2/health/live');
const chunked = 'Transfer-Encoding: chunked';

describe('A client that takes its time is answered with 408 and hung up on,', () => {
  test.each([
    ['nothing', ''],
    ['half a request line', 'GET /v2/hea'],
    ['headers without end', live.slice(0, -2)],
  ])('when it sends %s', async (_, start) => {
    const { url } = await open({ headersMs: 200 });
    using connection = openConnection(url);
    connection.socket.write(start);
    expect(await connection.status()).toBe(408);
    await connection.closed();
    expect(bodyOf(connection)).toEqual({ error: expect.stringContaining('within 200 ms') });
  });

  test('when the whole of its request does not come in time', async () => {
    const { url } = await open({ requestMs: 300 });
    using connection = openConnection(url);
    connection.socket.write(head('POST', '/models/red', 'Content-Length: 100'));
    expect(await connection.status()).toBe(408);
    await connection.closed();
  });

  test('when its body drips, while one that keeps the pace goes on', async () => {
    const door = await open({ uploadBytesPerSecond: 100, uploadStallMs: 500 });
    using good = openConnection(door.url);
    good.socket.write(head('POST', '/models/red', chunked));
    using photo = openConnection(door.url);
    photo.socket.write(head('POST', '/models/red', chunked));
    using form = openConnection(door.url);
    const type = 'Content-Type: multipart/form-data; boundary=b';
    form.socket.write(head('POST', '/v1/audio/transcriptions', chunked, type));
    const steps = setInterval(() => good.socket.write(`64\r\n${'ten bytes '.repeat(10)}\r\n`), 20);
    const drips = setInterval(() => {
      for (const { socket } of [photo, form]) socket.write('1\r\n-\r\n');
    }, 200);
    try {
      for (const slow of [photo, form]) {
        expect(await slow.status()).toBe(408);
        await slow.closed();
      }
    } finally {
      clearInterval(steps);
      clearInterval(drips);
    }
    const message = expect.stringContaining('too slowly');
    expect(bodyOf(photo)).toEqual({ error: message });
    expect(bodyOf(form)).toEqual({
      error: { message, type: 'invalid_request_error', param: null, code: null },
    });
    const said = door.log.filter((line) => line['status'] === 408);
    expect(said.map(({ error }) => error)).toEqual(['upload-too-slow', 'upload-too-slow']);

    good.socket.write('0\r\n\r\n');
    // The body that arrived is no picture.
    expect(await good.status()).toBe(415);
  });

  test('when it leaves its answers untaken', async () => {
    const door = await open({ answerStallMs: 200, pipelinedRequests: 3_000 });
    using connection = openConnection(door.url);
    connection.socket.pause();
    // More than the kernel keeps for it, on both sides.
    connection.socket.write(head('GET', '/metrics').repeat(3_000));
    await expect.poll(() => door.log.some((line) => line['status'] === 499)).toBe(true);
    connection.socket.resume();
    await connection.closed();
  });
});

describe('A request is refused with 431', () => {
  test('when its headers are too long', async () => {
    const { url } = await open({ headerBytes: 4_096 });
    using connection = openConnection(url);
    connection.socket.write(head('GET', '/v2/health/live', `X-Long: ${'x'.repeat(5_000)}`));
    expect(await connection.status()).toBe(431);
    await connection.closed();
    expect(bodyOf(connection)).toEqual({ error: expect.stringContaining('at most 4096 bytes') });
  });

  test('when they are too many', async () => {
    const { url } = await open({ headerCount: 20 });
    const lines = Array.from({ length: 20 }, (_, index) => `X-${index}: x`);
    using connection = openConnection(url);
    connection.socket.write(head('GET', '/v2/health/live', ...lines));
    expect(await connection.status()).toBe(431);
    expect(connection.received()).toContain('21 headers');
    using other = openConnection(url);
    other.socket.write(head('GET', '/v2/health/live', ...lines.slice(1)));
    expect(await other.status()).toBe(200);
  });
});

test('What is no HTTP is refused with 400, and the answer says so', async () => {
  const { url } = await open({});
  using connection = openConnection(url);
  connection.socket.write('HELO sandpiper\r\n\r\n');
  expect(await connection.status()).toBe(400);
  await connection.closed();
  expect(bodyOf(connection)).toEqual({ error: 'The request is not valid HTTP/1.1.' });
});

test.each([
  ['http://localhost/v2/health/live', 200],
  ['http://[/v2/health/live', 200],
  ['http://a%20b@:99999/v2/health/live', 200],
  ['http://[?x', 405],
  ['http://[/v2/nothing', 404],
])('A target in absolute form is served by its path, whatever its host: %s', async (target, status) => {
  using connection = openConnection(server.url);
  connection.socket.write(head('GET', target, 'Connection: close'));
  expect(await connection.status()).toBe(status);
  await connection.closed();
  expect(connection.received()).toMatch(/^x-request-id: /im);
  expect(bodyOf(connection)).toBeTypeOf('object');
});

describe('Over a limit of connections', () => {
  const limits = [{ connections: 2 }, { connectionsPerAddress: 2 }];
  const closings = (door: Door) => door.log.find(({ msg }) => msg === 'connections over a limit were closed');

  test.each<Partial<ServiceLimits>>(limits)(
    'the longest idle one gives way to the next, and the log says so: %j',
    async (few) => {
      const door = await open(few);
      using first = openConnection(door.url);
      using second = openConnection(door.url);
      // The second is the one that has been idle for longer.
      for (const connection of [first, second, first]) {
        connection.socket.write(live);
        await connection.status();
      }
      await expect.poll(() => first.received().split('HTTP/1.1 200 ').length).toBe(3);
      using third = openConnection(door.url);
      third.socket.write(live);
      expect(await third.status()).toBe(200);
      await second.closed();
      first.socket.write(live);
      await expect.poll(() => first.received().split('HTTP/1.1 200 ').length).toBe(4);
      await expect
        .poll(() => closings(door))
        .toMatchObject({
          level: 'warn',
          closed: 1,
          ...few,
        });
    },
  );

  test.each<Partial<ServiceLimits>>(limits)(
    'one with a request under way is kept, and where all have one the next is closed: %j',
    async (few) => {
      const door = await open(few);
      using first = openConnection(door.url);
      using second = openConnection(door.url);
      for (const connection of [first, second]) {
        const asks = head('POST', '/models/red', 'Content-Length: 3', 'Expect: 100-continue');
        connection.socket.write(asks);
        await expect.poll(() => connection.received()).toContain('100 Continue');
      }
      using third = openConnection(door.url);
      await third.closed();
      expect(third.received()).toBe('');
      for (const connection of [first, second]) {
        connection.socket.write('abc');
        // The body that arrived is no picture.
        expect(await connection.status()).toBe(415);
      }
    },
  );

  // Elsewhere only 127.0.0.1 itself is there to connect from.
  test.runIf(process.platform === 'linux')('the address with the most gives way to others', async () => {
    const door = await open({ connections: 3 });
    using only = openConnection(door.url, '127.0.0.2');
    only.socket.write(live);
    expect(await only.status()).toBe(200);
    using first = openConnection(door.url);
    using second = openConnection(door.url);
    for (const connection of [first, second]) {
      connection.socket.write(live);
      expect(await connection.status()).toBe(200);
    }
    using other = openConnection(door.url, '127.0.0.3');
    other.socket.write(live);
    expect(await other.status()).toBe(200);
    await first.closed();
    only.socket.write(live);
    await expect.poll(() => only.received().split('HTTP/1.1 200 ').length).toBe(3);
  });
});

test.runIf(process.platform === 'linux')(
  'Seven hundred connections that one client opens at once leave room for those of others to wait in',
  async () => {
    const door = await open({});
    const before = droppedConnections();
    // Nobody accepts meanwhile: this test and the service share a thread.
    const crowd = Array.from({ length: 700 }, () => openConnection(door.url, '127.0.0.2'));
    using other = openConnection(door.url);
    other.socket.write(live);
    expect(await other.status()).toBe(200);
    expect(droppedConnections()).toBe(before);
    for (const connection of crowd) connection[Symbol.dispose]();
  },
);

/** Counted by Linux since the start of the system, where too many wait to be accepted. */
function droppedConnections(): number {
  const [names = '', values = ''] = readFileSync('/proc/net/netstat', 'latin1').split('\n');
  return Number(values.split(' ')[names.split(' ').indexOf('ListenOverflows')]);
}

test.runIf(process.platform === 'linux')(
  'Of connections that all have requests under way the oldest goes whose body is to come, of the address with the most',
  async () => {
    const door = await open({ connections: 3 });
    const crowd = ['127.0.0.2', '127.0.0.2', '127.0.0.3'].map((from) => openConnection(door.url, from));
    for (const connection of crowd) {
      connection.socket.write(head('POST', '/models/red', 'Content-Length: 3', 'Expect: 100-continue'));
      await expect.poll(() => connection.received()).not.toBe('');
    }
    const [first, ...others] = crowd;
    using other = openConnection(door.url, '127.0.0.4');
    other.socket.write(live);
    expect(await other.status()).toBe(200);
    await first?.closed();
    // One of each address, and none has more than the next.
    using last = openConnection(door.url, '127.0.0.5');
    last.socket.write(live);
    expect(await last.status()).toBe(200);
    await other.closed();
    for (const connection of others) {
      connection.socket.write('abc');
      expect(await connection.status()).toBe(415);
      connection[Symbol.dispose]();
    }
  },
);

describe('Requests on one connection that wait for no answer', () => {
  test('are answered one after another, in their order', async () => {
    const { url } = await open({});
    using connection = openConnection(url);
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const photo = head('POST', '/models/red', 'Content-Length: 3', 'X-Request-Id: a');
    const others = ids.slice(1).map((id) => head('GET', '/v2/health/live', `X-Request-Id: ${id}`));
    connection.socket.write(`${photo}abc${others.join('')}`);
    await expect.poll(() => connection.received().match(/^X-Request-Id: .$/gim)?.length).toBe(8);
    expect(connection.received().match(/(?<=^X-Request-Id: ).$/gim)).toEqual(ids);
    expect(connection.received().match(/(?<=HTTP\/1.1 )\d+/g)).toEqual([
      '415',
      ...ids.slice(1).map(() => '200'),
    ]);
  });

  test('are no more than pipelinedRequests: what is owed is answered, then 429, and it ends', async () => {
    const { url } = await open({ pipelinedRequests: 3 });
    using connection = openConnection(url);
    connection.socket.write(live.repeat(50));
    await connection.closed();
    expect(connection.received().match(/(?<=HTTP\/1.1 )\d+/g)).toEqual(['200', '200', '200', '429']);
    expect(connection.received()).toMatch(/Connection: close\r\n.*pipelinedRequests/s);
    using next = openConnection(url);
    next.socket.write(live);
    expect(await next.status()).toBe(200);
  });

  test('are not begun, by the thousand, while answers lie unread', async () => {
    const door = await open({ answerStallMs: 1_000 });
    const crowd = Array.from({ length: 20 }, () => openConnection(door.url));
    try {
      for (const { socket } of crowd) {
        socket.pause();
        socket.write(head('GET', '/openapi.json').repeat(1_390));
      }
      expect((await fetch(`${door.url}/v2/health/live`)).status).toBe(200);
      await expect
        .poll(() => door.log.filter(({ path }) => path === '/openapi.json').length)
        .toBeGreaterThan(20);
      for (const { socket } of crowd) socket.resume();
      await Promise.all(crowd.map(async (connection) => connection.closed()));
      expect(door.log.filter(({ path }) => path === '/openapi.json').length).toBeLessThanOrEqual(20 * 8);
    } finally {
      for (const connection of crowd) connection[Symbol.dispose]();
    }
  });
});

describe('Bodies that come to more than maxBodyBytesInFlight together', () => {
  const piece = (bytes: number): string => `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`;
  const kinds = [
    ['photo', '/models/red', 'Content-Type: image/png'],
    ['form', '/v1/audio/transcriptions', 'Content-Type: multipart/form-data; boundary=b'],
    ['tensor', '/v2/models/red/infer', 'Inference-Header-Content-Length: 10'],
  ] as const;

  test.runIf(process.platform === 'linux').each(kinds)(
    'cost the client that sends the most its largest: a %s',
    async (_, path, type) => {
      const door = await open({ maxBodyBytesInFlight: 100_000 });
      using largest = openConnection(door.url);
      largest.socket.write(head('POST', path, chunked, type) + piece(60_000));
      using small = openConnection(door.url);
      small.socket.write(head('POST', '/models/red', chunked) + piece(20_000));
      using neighbour = openConnection(door.url, '127.0.0.2');
      neighbour.socket.write(head('POST', '/models/red', chunked) + piece(30_000));
      expect(await largest.status()).toBe(429);
      expect(largest.received()).toMatch(/^retry-after: 1\r$/im);
      expect(largest.received()).toContain('maxBodyBytesInFlight');
      for (const connection of [small, neighbour]) {
        connection.socket.write('0\r\n\r\n');
        // The body that arrived is no picture.
        expect(await connection.status()).toBe(415);
      }
      expect(door.log.filter((line) => line['status'] === 429).map(({ error }) => error)).toEqual([
        'over-capacity',
      ]);
    },
  );

  test('do not bound one that is alone, nor those that came one after another', async () => {
    const { url } = await open({ maxBodyBytesInFlight: 1_000 });
    for (let round = 0; round < 3; round++) {
      using alone = openConnection(url);
      alone.socket.write(`${head('POST', '/models/red', chunked)}${piece(20_000)}0\r\n\r\n`);
      expect(await alone.status()).toBe(415);
    }
  });
});

describe('A connection ends', () => {
  test('when nothing is asked on it any more', async () => {
    const { url } = await open({ keepAliveMs: 100 });
    using connection = openConnection(url);
    connection.socket.write(live);
    expect(await connection.status()).toBe(200);
    await connection.closed();
  });

  test('when it goes on with a body that nobody reads', async () => {
    const { url } = await open({});
    const asked = [
      ['GET', '/v1/models', 200],
      ['GET', '/nowhere', 404],
      ['POST', '/models/absent', 404],
      ['POST', '/v1/nowhere', 404],
      ['PUT', '/v2/health/live', 405],
    ] as const;
    await Promise.all(
      asked.map(async ([method, path, status]) => {
        using connection = openConnection(url);
        connection.socket.write(head(method, path, chunked));
        sendForEver(connection.socket);
        expect([path, await connection.status()]).toEqual([path, status]);
        await connection.closed();
      }),
    );
  });
});

test('A connection that carried as many requests as it may carries no more, and says so with the last', async () => {
  const { url } = await open({ requestsPerConnection: 2 });
  using connection = openConnection(url);
  connection.socket.write(live.repeat(3));
  await expect.poll(() => connection.received()).toContain('HTTP/1.1 503 ');
  const [, first = '', second = ''] = connection.received().split('HTTP/1.1 ');
  expect(first).toMatch(/^200 .*Connection: keep-alive/s);
  expect(second).toMatch(/^200 .*Connection: close/s);
});

test('a stop waits for no connection that asks nothing, and refuses a body that is still on its way', async () => {
  await using stopping = await startColourServer({ red: {} });
  using idle = openConnection(stopping.url);
  idle.socket.write(live);
  expect(await idle.status()).toBe(200);
  using silent = openConnection(stopping.url);
  await once(silent.socket, 'connect');
  using upload = openConnection(stopping.url);
  upload.socket.write(head('POST', '/models/red', 'Content-Length: 1000', 'Expect: 100-continue'));
  await expect.poll(() => upload.received()).toContain('100 Continue');

  const closing = stopping.service.close();
  expect(await upload.status()).toBe(503);
  expect(upload.received()).toMatch(/Retry-After: 1\r\n/);
  expect(upload.received()).toMatch(/Connection: close\r\n/);
  await closing;
  await stopping[Symbol.asyncDispose]();
  await Promise.all([idle.closed(), silent.closed(), upload.closed()]);
});
