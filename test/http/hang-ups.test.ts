/** What becomes of the thread of a component whose client hangs up. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildWaitingForHttp } from '../support/attack-guest.ts';
import {
  pictureTo,
  startColourServer,
  writeColourModel,
  type ColourServer,
} from '../support/colour-models.ts';

/** Nothing here ends because it is late. */
const limits = { deadlineMs: 3_600_000 };

/** Is asked by a component, and never answers. */
const silent = createServer();

let server: ColourServer;
beforeAll(async () => {
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const authority = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  server = await startColourServer({ colours: limits }, { guestThreads: 1 });
  const component = await buildWaitingForHttp(authority);
  const grants = { http: [`http://${authority}`] };
  await writeColourModel(join(server.models, 'asks', '1'), { limits, component, grants });
  await server.service.loadModel('asks');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  silent.closeAllConnections();
  silent.close();
});
beforeEach(async () => server.quiet());

interface Client {
  hangUp(): Promise<void>;
}

async function send(model: string, what: Parameters<typeof pictureTo>[0]): Promise<Client> {
  const client = new AbortController();
  const body = new Uint8Array(await pictureTo(what));
  const answer = fetch(`${server.url}/models/${model}`, { method: 'POST', body, signal: client.signal });
  const outcome = answer.catch((error: unknown) => error);
  return {
    hangUp: async () => {
      client.abort();
      expect(await outcome).toMatchObject({ name: 'AbortError' });
    },
  };
}

const replaced = async (): Promise<number | undefined> => server.metric('guest_threads_replaced_total');

const answered = async (): Promise<number> => {
  const body = new Uint8Array(await pictureTo('answer'));
  return (await fetch(`${server.url}/models/colours`, { method: 'POST', body })).status;
};

test.each([
  ['the run of a graph', 'colours', 'spin', async () => server.until('graph_runs', 1)],
  ['a request of its own', 'asks', 'trap', async () => once(silent, 'request')],
] as const)(
  'a component in a host call, %s, comes back by itself, and its thread serves the next',
  async (...row) => {
    const [, model, what, begins] = row;
    const before = await replaced();
    for (let round = 0; round < 3; round++) {
      const begun = begins();
      const client = await send(model, what);
      await begun;
      await client.hangUp();
      await server.quiet();
    }
    expect(await answered()).toBe(200);
    expect(await replaced()).toBe(before);
  },
);

test('a component that computes on for ever costs its thread, in the place of which there is another', async () => {
  const before = (await replaced()) ?? 0;
  const begun = server.log.length;
  const client = await send('colours', 'logAndLoop');
  await expect
    .poll(() => server.log.slice(begun), { interval: 5 })
    .toContainEqual(expect.objectContaining({ msg: 'spin' }));
  await client.hangUp();
  await server.until('guest_threads_replaced_total', before + 1);
  expect(await answered()).toBe(200);
  await server.until('guest_threads{state="idle"}', 2);
  expect(await replaced()).toBe(before + 1);
});
