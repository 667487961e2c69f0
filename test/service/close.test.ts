import { expect, test } from 'vitest';
import { pictureTo, startColourServer } from '../support/colour-models.ts';

const working = 'guest_threads{state="working"}';

test('closing takes nothing new, lets what runs and waits finish, and then ends', async () => {
  await using server = await startColourServer({ model: { deadlineMs: 500 } }, { guestThreads: 1 });
  const { service } = server;
  const [loop, answer] = await Promise.all([pictureTo('loop'), pictureTo('answer')]);
  await server.quiet();
  const running = service.classify('model', loop).catch((error: unknown) => error);
  await server.until(working, 1);
  const waiting = service.classify('model', answer, { deadlineMs: 10_000 }).catch((error: unknown) => error);
  await server.until('requests_present{model="model"}', 2);

  const closed = service.close();
  expect(service.state).toBe('draining');
  await expect(service.classify('model', answer)).rejects.toMatchObject({ code: 'not-ready', status: 503 });
  expect(await running).toMatchObject({ code: 'deadline-exceeded' });
  // It came later, and had what was left of its own time: an answer, or its own deadline, never a lost request.
  expect(await waiting).toSatisfy((end: object) => 'predictions' in end || 'code' in end);
  await closed;
  expect(service.state).toBe('closed');
  await expect(service.classify('model', answer)).rejects.toMatchObject({ code: 'not-ready' });
});

test('what outlasts the grace is told so at once, whether it runs or waits', async () => {
  await using server = await startColourServer({ model: {} }, { guestThreads: 1 });
  const loop = await pictureTo('loop');
  await server.quiet();
  const running = server.service.classify('model', loop).catch((error: unknown) => error);
  await server.until(working, 1);
  const waiting = server.service.classify('model', loop).catch((error: unknown) => error);
  await server.until('requests_present{model="model"}', 2);

  const began = performance.now();
  await server.service.close(50);
  expect(await Promise.all([running, waiting])).toMatchObject([
    { code: 'not-ready', message: 'The service is closing.' },
    { code: 'not-ready', message: 'The service is closing.' },
  ]);
  expect(performance.now() - began).toBeLessThan(5_000);
});
