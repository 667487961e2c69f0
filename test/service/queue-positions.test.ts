import { afterAll, beforeAll, expect, test } from 'vitest';
import { Admission } from '../../src/service/queue/admission.ts';
import { QueuedBytes } from '../../src/service/queue/queued-bytes.ts';
import { SandpiperError } from '../../src/errors.ts';
import { RequestScope } from '../../src/service/queue/request-scope.ts';
import { pictureTo, startColourServer, type ColourServer } from '../support/colour-models.ts';

const present = 'requests_present{model="busy"}';
const working = 'guest_threads{state="working"}';

// One request can run and one can wait: the next is one too many.
let server: ColourServer;
let loop: Buffer;
let answer: Buffer;
beforeAll(async () => {
  server = await startColourServer(
    { busy: { queueLength: 1 }, other: {}, crowded: { queueLength: 6 } },
    { guestThreads: 1 },
  );
  [loop, answer] = await Promise.all([pictureTo('loop'), pictureTo('answer')]);
});
afterAll(async () => server[Symbol.asyncDispose]());

function startLoop(): { hangUp: () => void; ended: Promise<unknown> } {
  const controller = new AbortController();
  const asked = server.service.classify('busy', loop, { signal: controller.signal, deadlineMs: 9_000 });
  return { hangUp: () => controller.abort(), ended: asked.then(() => 'answered', codeOf) };
}

const codeOf = (error: unknown): unknown =>
  error instanceof SandpiperError ? error.code : (error as Error).name;

/** One that runs and one that waits behind it. */
async function fill(): Promise<[ReturnType<typeof startLoop>, ReturnType<typeof startLoop>]> {
  await server.quiet();
  const running = startLoop();
  await server.until(working, 1);
  const waiting = startLoop();
  await server.until(present, 2);
  return [running, waiting];
}

test('one request over queueLength is refused at once, and other models still have their places', async () => {
  const [running, waiting] = await fill();
  await expect(server.service.classify('busy', answer)).rejects.toMatchObject({
    code: 'over-capacity',
    status: 429,
    message: 'Model busy has 2 requests waiting or running, as many as queueLength allows: try again in 1 s.',
  });
  const other = server.service.classify('other', answer);
  await server.until('requests_present{model="other"}', 1);
  running.hangUp();
  waiting.hangUp();
  expect(await Promise.all([running.ended, waiting.ended])).toEqual(['AbortError', 'AbortError']);
  expect((await other).predictions).toMatchObject([{ label: 'red' }]);
});

test('a client that goes away while it waits frees its place, and the one that runs goes on', async () => {
  const [running, waiting] = await fill();
  waiting.hangUp();
  expect(await waiting.ended).toBe('AbortError');
  expect(await server.metric(present)).toBe(1);
  const next = server.service.classify('busy', answer);
  await server.until(present, 2);
  expect(await server.metric(working)).toBe(1);
  running.hangUp();
  expect((await next).predictions).toMatchObject([{ label: 'red' }]);
});

test('a client that goes away while it runs frees its place and its thread', async () => {
  const [running, waiting] = await fill();
  const before = (await server.metric('guest_threads_replaced_total')) ?? 0;
  running.hangUp();
  expect(await running.ended).toBe('AbortError');
  await server.until('guest_threads_replaced_total', before + 1);
  await server.until(working, 1);
  expect(await server.metric(present)).toBe(1);
  waiting.hangUp();
  await waiting.ended;
  await expect(server.service.classify('busy', answer)).resolves.toBeDefined();
  expect(await server.metric(present)).toBe(0);
});

test('one that is gone before it is here takes no place', async () => {
  const signal = AbortSignal.abort();
  await expect(server.service.classify('busy', loop, { signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(await server.metric(present)).toBe(0);
});

test('a place is given back once, however often it is disposed of', () => {
  const admission = new Admission({
    model: 'm',
    runSlots: 1,
    queueLength: 0,
    queuedBytes: new QueuedBytes(1_000),
  });
  using scope = new RequestScope(1_000);
  using another = new RequestScope(1_000);
  const place = admission.enter(scope, 1);
  expect(() => admission.enter(another, 1)).toThrow('queueLength');
  place[Symbol.dispose]();
  place[Symbol.dispose]();
  expect(admission.present).toBe(0);
});

/** On one guest thread: one runs, three have their turn and are decoded, and the last three wait in the line. */
async function crowd(): Promise<{ hangUp: () => void; ended: Promise<unknown> }[]> {
  await server.quiet();
  const asked = [];
  for (let i = 0; i < 7; i++) {
    const controller = new AbortController();
    const options = { signal: controller.signal, client: 'crowd' };
    const ended = server.service.classify('crowded', loop, options).then(() => 'answered', codeOf);
    asked.push({ hangUp: () => controller.abort(), ended });
  }
  await server.until('requests_waiting{class="short"}', 3);
  return asked;
}

test('a request whose deadline passes while it waits in the line is told so, and leaves it', async () => {
  const asked = await crowd();
  asked.pop()?.hangUp();
  const late = server.service.classify('crowded', answer, { deadlineMs: 50 });
  await expect(late).rejects.toMatchObject({ code: 'deadline-exceeded', status: 504 });
  expect(await server.metric('requests_waiting{class="short"}')).toBe(2);
  expect(await server.metric('requests_running{class="short"}')).toBe(4);
  for (const { hangUp } of asked) hangUp();
  await Promise.all(asked.map(async ({ ended }) => ended));
  await server.until('requests_waiting{class="short"}', 0);
  await server.until('requests_running{class="short"}', 0);
});

test('where one client has filled the queue, another gets the place of its last request', async () => {
  const asked = await crowd();
  const other = server.service.classify('crowded', answer, { client: 'other' });
  expect(await asked.at(-1)?.ended).toBe('over-capacity');
  await expect(server.service.classify('crowded', answer, { client: 'crowd' })).rejects.toMatchObject({
    code: 'over-capacity',
  });
  for (const { hangUp } of asked) hangUp();
  expect((await other).predictions).toMatchObject([{ label: 'red' }]);
  expect(await server.metric('requests_present{model="crowded"}')).toBe(0);
});
