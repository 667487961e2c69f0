/** `priority` of a request's parameters, which orders the requests of one client in the queue. */
import { expect, test } from 'vitest';
import { graphRepository } from '../../support/graph-models.ts';
import { spinningModel } from '../../support/onnx-models.ts';
import { startServer } from '../../support/server.ts';

test('a request of priority 1 is answered before one that came earlier and would run for ever', async () => {
  await using repository = await graphRepository();
  await repository.put('spin', 1, spinningModel(), { limits: { deadlineMs: 600_000 } });
  await using server = await startServer({ models: repository.path, guestThreads: 1 });

  const ask = async (iterations: number, parameters: object, signal?: AbortSignal): Promise<number> => {
    const input = { name: 'iterations', shape: [], datatype: 'INT64', data: [iterations] };
    const response = await fetch(`${server.url}/v2/models/spin/infer`, {
      method: 'POST',
      body: JSON.stringify({ parameters, inputs: [input] }),
      signal: signal ?? null,
    });
    await response.text();
    return response.status;
  };
  const waiting = async (): Promise<string | undefined> =>
    /^sandpiper_requests_waiting\{class="short"\} (\d+)$/m.exec(await server.service.metrics())?.[1];
  const endless = (signal: AbortSignal): Promise<unknown> =>
    ask(2 ** 40, {}, signal).catch((error: unknown) => error);

  // As many as have a slot, and one that waits for the next.
  const [holding, earlier] = [new AbortController(), new AbortController()];
  const held = Array.from({ length: 4 }, () => endless(holding.signal));
  await expect.poll(async () => server.service.metrics()).toMatch(/requests_present\{.*\} 4$/m);
  const early = endless(earlier.signal);
  await expect.poll(waiting).toBe('1');
  const first = ask(3, { priority: 1 });
  await expect.poll(waiting).toBe('2');

  holding.abort();
  expect(await first).toBe(200);
  earlier.abort();
  await Promise.all([...held, early]);
});
