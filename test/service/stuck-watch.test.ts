import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { monotonicMs } from '../../src/async/clock.ts';
import { watchForStuck } from '../../src/service/queue/stuck-watch.ts';

const PATIENCE_MS = 5_000;

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'hrtime'] }));
afterEach(() => vi.useRealTimers());

test('it is told once when all slots hold runs that should be over', () => {
  const deadlines = [monotonicMs() - 10_000, monotonicMs() + 20_000];
  const onStuck = vi.fn<() => void>();
  using _watch = watchForStuck(() => deadlines, onStuck, PATIENCE_MS);
  vi.advanceTimersByTime(24_000);
  expect(onStuck).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10_000);
  expect(onStuck).toHaveBeenCalledOnce();
});

test.each([
  ['one is free', [-10_000, undefined]],
  ['one has time', [-10_000, Number.MAX_SAFE_INTEGER]],
  ['there is none', []],
])('nothing is told where %s', (_, deadlines) => {
  const onStuck = vi.fn<() => void>();
  using _watch = watchForStuck(() => deadlines, onStuck, PATIENCE_MS);
  vi.advanceTimersByTime(60_000);
  expect(onStuck).not.toHaveBeenCalled();
});
