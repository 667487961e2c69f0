/** Work of a trial in tests, by its input's `task`. */
import { answerParent } from '../../src/trial/answer-parent.ts';

await answerParent(async (input) => {
  const { task, bytes } = input as { task: string; bytes: Uint8Array };
  const held: unknown[] = [];
  switch (task) {
    case 'length':
      return { length: bytes.length, bytes, env: { ...process.env } };
    case 'throw':
      throw new Error('it is not what it should be');
    case 'loop':
      for (;;);
    case 'abort':
      return process.abort();
    case 'exit':
      return process.exit(3);
    case 'outside the heap':
      for (;;) held.push(new Uint8Array(8 * 2 ** 20).fill(1));
    case 'in the heap':
      for (;;) held.push(Array.from({ length: 100_000 }, (_, index) => `${index}`));
    default:
      return new Promise(() => undefined);
  }
});
