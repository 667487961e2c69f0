import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MODEL_LIMITS, SERVICE_LIMITS } from '../../src/config/limits.ts';
import { resolveSettings } from '../../src/config/settings.ts';
import { compileComponent } from '../../src/sandbox/component/compile-component.ts';
import { ComponentCache } from '../../src/sandbox/component/component-cache.ts';
import { buildGuest } from '../support/attack-guest.ts';
import { pictureTo, startColourServer, type ColourServer } from '../support/colour-models.ts';

const MiB = 2 ** 20;

describe('Limits of the whole service', () => {
  test('have these defaults, and their bounds', () => {
    expect(resolveSettings().limits).toMatchObject({
      guestStackBytes: 4 * MiB,
      guestHeapBytes: 256 * MiB,
      compiledBytes: 512 * MiB,
      allMemoryBytes: 4_096 * MiB,
      compileMs: 30_000,
      maxQueuedBytes: 256 * MiB,
      maxConcurrentTranscriptions: 4,
    });
    for (const name of [
      'guestStackBytes',
      'guestHeapBytes',
      'compiledBytes',
      'cacheBytes',
      'allMemoryBytes',
      'compileMs',
      'maxQueuedBytes',
      'maxConcurrentTranscriptions',
    ] as const) {
      expect(() => resolveSettings({ limits: { [name]: 0 } })).toThrow(
        new RegExp(
          `^Cannot use limits.${name}: expected a whole number from ${name === 'guestHeapBytes' ? 16 * MiB : 1} to ${SERVICE_LIMITS[name] * 1_000}\\b.*, not 0\\.$`,
        ),
      );
    }
  });

  test.each([
    [
      'compileMs',
      1,
      /^Cannot load component guest: translating and compiling it took over the compileMs of 1\b/,
    ],
  ])('%s refuses a component, and says so', async (name, value, message) => {
    const limits = { ...SERVICE_LIMITS, [name]: value };
    const cache = new ComponentCache(undefined);
    const options = { name: 'guest', cache, limits, caps: MODEL_LIMITS };
    await expect(compileComponent(await buildGuest('good'), options)).rejects.toMatchObject({
      code: 'invalid-component',
      message: expect.stringMatching(message),
    });
  });

  test('allMemoryBytes refuses a model whose instances could take more, with what to do', async () => {
    const started = startColourServer(
      { large: { memoryBytes: 16 * MiB } },
      { guestThreads: 1, limits: { allMemoryBytes: 50 * MiB } },
    );
    // One thread that works, a spare, four for sounds and eight for live ones, each with an instance that serves and one made ahead.
    await expect(started).rejects.toMatchObject({
      code: 'invalid-model',
      message: `Cannot load model large@1: its memoryBytes of ${16 * MiB} on 1 guest threads and 12 for sounds come to ${448 * MiB}, over the service's allMemoryBytes of ${50 * MiB}; lower the one, or raise the other with --all-memory-bytes.`,
    });
  });
});

test('maxQueuedBytes refuses a request whose file would come to more, with those that are here', async () => {
  await using server = await startColourServer(
    { one: {}, two: {} },
    { guestThreads: 1, limits: { maxQueuedBytes: 200 } },
  );
  const [loop, answer] = await Promise.all([pictureTo('loop'), pictureTo('answer')]);
  const hangUp = new AbortController();
  const running = server.service.classify('one', loop, { signal: hangUp.signal }).catch(() => 'gone');
  await server.until('requests_running{class="short"}', 1);
  await expect(
    server.service.classify('two', Buffer.concat([answer, Buffer.alloc(200)])),
  ).rejects.toMatchObject({
    code: 'over-capacity',
    status: 429,
    message: expect.stringContaining('more than the 200 bytes of maxQueuedBytes'),
  });
  hangUp.abort();
  expect(await running).toBe('gone');
  await expect(server.service.classify('two', answer)).resolves.toBeDefined();
});

test('a client that fills maxQueuedBytes at one model does not keep another out of another model', async () => {
  const [loop, answer] = await Promise.all([pictureTo('loop'), pictureTo('answer')]);
  const large = Buffer.concat([answer, Buffer.alloc(10_000)]);
  await using server = await startColourServer(
    { one: {}, two: {} },
    { guestThreads: 1, limits: { maxQueuedBytes: loop.length + 5 * large.length } },
  );
  const hangUp = new AbortController();
  const greedy = { client: 'greedy', signal: hangUp.signal };
  const outcomes = [loop, large, large, large, large, large].map(async (file) =>
    server.service.classify('one', file, greedy).then(
      () => 'answered',
      (error: unknown) => (error instanceof Error ? error.message : 'thrown'),
    ),
  );
  // One that runs, and three that are decoded meanwhile.
  await server.until('requests_running{class="short"}', 4);
  const other = server.service.classify('two', answer, { client: 'other' });
  expect(await outcomes[5]).toContain('maxQueuedBytes');
  hangUp.abort();
  await expect(other).resolves.toBeDefined();
  expect(await Promise.all(outcomes)).not.toContain('answered');
});

describe('guestStackBytes', () => {
  let server: ColourServer;
  beforeAll(async () => {
    server = await startColourServer({ deep: {} }, { guestThreads: 1, limits: { guestStackBytes: MiB } });
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  test('costs a component that calls deeper its request, and the thread serves on', async () => {
    await expect(server.service.classify('deep', await pictureTo('deep'))).rejects.toMatchObject({
      code: 'component-failed',
      status: 502,
    });
    expect(server.log).toContainEqual(
      expect.objectContaining({ trap: `Maximum call stack size exceeded: guestStackBytes allows ${MiB}` }),
    );
    await expect(server.service.classify('deep', await pictureTo('answer'))).resolves.toBeDefined();
  });

  test('lets the same component through at its default', async () => {
    await using roomy = await startColourServer({ deep: {} }, { guestThreads: 1 });
    await expect(roomy.service.classify('deep', await pictureTo('deep'))).resolves.toBeDefined();
  });
});

test('guestHeapBytes costs a component that fills the heap of its thread its request', async () => {
  await using server = await startColourServer(
    { leaking: { liveResources: 1e9, deadlineMs: 60_000 } },
    { guestThreads: 1, limits: { guestHeapBytes: 64 * MiB } },
  );
  await expect(server.service.classify('leaking', await pictureTo('leak'))).rejects.toMatchObject({
    code: 'component-failed',
    status: 502,
    message: `The component failed: it needs more of the JavaScript heap than the guestHeapBytes of ${64 * MiB}.`,
  });
  expect(await server.metric('component_traps_total{model="leaking"}')).toBe(1);
  await expect(server.service.classify('leaking', await pictureTo('answer'))).resolves.toBeDefined();
});
