import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { monotonicMs } from '../../src/async/clock.ts';
import { watchForStuck } from '../../src/service/queue/stuck-watch.ts';

const LIMITS = { most: 2, patienceMs: 5_000 };

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'hrtime'] }));
afterEach(() => vi.useRealTimers());

test('it is told once when too many threads are stuck for too long', () => {
  const since = [monotonicMs() - 10_000, monotonicMs() + 20_000];
  const onStuck = vi.fn<() => void>();
  using _watch = watchForStuck(() => since, onStuck, LIMITS);
  vi.advanceTimersByTime(24_000);
  expect(onStuck).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10_000);
  expect(onStuck).toHaveBeenCalledOnce();
});

test.each([
  ['one is stuck', [-10_000]],
  ['one is so for a short time', [-10_000, Number.MAX_SAFE_INTEGER]],
  ['none is', []],
])('nothing is told where %s', (_, since) => {
  const onStuck = vi.fn<() => void>();
  using _watch = watchForStuck(() => since, onStuck, LIMITS);
  vi.advanceTimersByTime(60_000);
  expect(onStuck).not.toHaveBeenCalled();
});
