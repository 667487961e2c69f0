import { describe, expect, test } from 'vitest';
import { compute, open, read, tensor, valueOf } from '../support/guest-script.ts';
import { f32 } from '../support/guest-values.ts';
import { addModel } from '../support/onnx-models.ts';
import { ABIS, seenValue } from './abi.ts';

describe.each(ABIS)('$name', (abi) => {
  test('guests at once get their own answers', async () => {
    const graphs = { add: addModel('FLOAT', ['n']) };
    const ask = async (start: number) => {
      const rounds = [1, 2, 3, 4, 5].map((i) => [
        [tensor('x', f32([start, i])), tensor('w', f32([i, start]))],
        compute('', 'add', [
          ['x', 'x'],
          ['w', 'w'],
        ]),
      ]);
      const outcomes = await abi.run([open('add'), rounds, read('y')], { graphs });
      return seenValue(abi, valueOf(outcomes.slice(-3)));
    };
    const starts = Array.from({ length: 8 }, (_, i) => i * 100);
    expect(await Promise.all(starts.map(ask))).toEqual(
      starts.map((start) => seenValue(abi, f32([start + 5, start + 5]))),
    );
  });
});
