import { expect, test } from 'vitest';
import { monotonicMs } from '../../src/async/clock.ts';
import { watchForStuck } from '../../src/service/queue/stuck-watch.ts';

const options = { patienceMs: 20, everyMs: 1 };

test('it is told once when all places hold runs that should be over', async () => {
  const places = [{ deadline: monotonicMs() - 1_000 }, { deadline: monotonicMs() + 50 }];
  let told = 0;
  const started = monotonicMs();
  const stuck = Promise.withResolvers<number>();
  using _watch = watchForStuck(
    () => places,
    () => stuck.resolve(++told),
    options,
  );
  await stuck.promise;
  expect(monotonicMs() - started).toBeGreaterThanOrEqual(70);
  await untilLooked();
  expect(told).toBe(1);
});

test.each([
  ['one is free', [{ deadline: 0 }, { deadline: undefined }]],
  ['one has time', [{ deadline: 0 }, { deadline: Number.MAX_SAFE_INTEGER }]],
  ['there is none', []],
])('nothing is told where %s', async (_, places) => {
  let told = 0;
  using _watch = watchForStuck(
    () => places,
    () => told++,
    options,
  );
  await untilLooked();
  expect(told).toBe(0);
});

/** Until every watch has looked again. */
async function untilLooked(): Promise<void> {
  let looks = 0;
  const looked = Promise.withResolvers<void>();
  using _watch = watchForStuck(
    () => {
      if (++looks === 5) looked.resolve();
      return [];
    },
    () => {},
    options,
  );
  // The watch itself keeps no process alive.
  const alive = setInterval(() => {}, 1_000);
  await looked.promise;
  clearInterval(alive);
}
