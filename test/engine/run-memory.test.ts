import { expect, test } from 'vitest';
import { allocatingModel } from '../support/onnx-models.ts';
import { firstOutput, guestOf, inputFrom, startEngine } from '../support/guest-thread.ts';
import { i64 } from '../support/guest-values.ts';

/** In a file, and so in a process, of its own: the first engine of a process says how much its runs may take. */

test('a run over the memory of all runs is refused in words, and the next one works', async () => {
  const small = startEngine(1, 64 * 2 ** 20);
  const graph = await small.load('zeros', allocatingModel(), { threads: 'one', bare: false });
  using thread = guestOf(small);
  const zeros = (count: number) => firstOutput(thread.guest, graph, [inputFrom('shape', i64([count]))]);
  expect(() => zeros(32 * 2 ** 20)).toThrow(/runMemoryBytes/);
  expect(zeros(1_000)).toHaveLength(4_000);
  small.close();
});
