import v8 from 'node:v8';
import { expect, test } from 'vitest';
import { collectGarbage } from '../../src/collect-garbage.ts';

test('collected garbage leaves the heap, and the thread goes on', async () => {
  let garbage: object[] | undefined = Array.from({ length: 200_000 }, (_, index) => ({ index }));
  const { used_heap_size: full } = v8.getHeapStatistics();
  expect(garbage.length).toBe(200_000);
  garbage = undefined;
  collectGarbage();
  await expect.poll(() => v8.getHeapStatistics().used_heap_size).toBeLessThan(full - 4_000_000);
  collectGarbage();
});
