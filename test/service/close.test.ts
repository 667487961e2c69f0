import { expect, test } from 'vitest';
import { pictureTo, startColourServer } from '../support/colour-models.ts';

const working = 'guest_threads{state="working"}';

test('closing takes nothing new, lets what runs and waits finish, and then ends', async () => {
  const models = { hasty: { deadlineMs: 1_500 }, patient: { deadlineMs: 60_000 } };
  await using server = await startColourServer(models, { guestThreads: 1 });
  const { service } = server;
  const [loop, answer] = await Promise.all([pictureTo('loop'), pictureTo('answer')]);
  await server.quiet();
  const running = service.classify('hasty', loop).catch((error: unknown) => error);
  await server.until(working, 1);
  const waiting = service.classify('patient', answer);
  await server.until('requests_present{model="patient"}', 1);

  const closed = service.close();
  expect(service.state).toBe('draining');
  await expect(service.classify('patient', answer)).rejects.toMatchObject({ code: 'not-ready', status: 503 });
  expect(await running).toMatchObject({ code: 'deadline-exceeded' });
  expect(await waiting).toMatchObject({ predictions: expect.any(Array) });
  await closed;
  expect(service.state).toBe('closed');
  await expect(service.classify('patient', answer)).rejects.toMatchObject({ code: 'not-ready' });
});

test('what outlasts the grace is told so at once, whether it runs or waits', async () => {
  await using server = await startColourServer({ model: { deadlineMs: 600_000 } }, { guestThreads: 1 });
  const loop = await pictureTo('loop');
  await server.quiet();
  const running = server.service.classify('model', loop).catch((error: unknown) => error);
  await server.until(working, 1);
  const waiting = server.service.classify('model', loop).catch((error: unknown) => error);
  await server.until('requests_present{model="model"}', 2);

  // Nothing else would end either within the time of this test.
  await server.service.close(50);
  expect(await Promise.all([running, waiting])).toMatchObject([
    { code: 'not-ready', message: 'The service is closing.' },
    { code: 'not-ready', message: 'The service is closing.' },
  ]);
});
