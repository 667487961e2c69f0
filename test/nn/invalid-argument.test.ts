import { expect, test } from 'vitest';
import { computeOnce, runProbe } from '../support/guest-probe.ts';
import { compute, failureIn, open, tensor, type Value } from '../support/guest-script.ts';
import { f32, i64, u8 } from '../support/guest-values.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import { addModel, identityModel } from '../support/onnx-models.ts';

const IMAGE = identityModel('FLOAT', ['batch', 3, 2]);
const good = f32([1, 2, 3, 4, 5, 6], [1, 3, 2]);

test.each<[what: string, inputs: Record<string, Value>, message: string]>([
  ['no inputs', {}, 'Input "x" is missing; the graph takes "x".'],
  ['an unknown name', { x: good, y: good }, 'There is no input "y"; the graph takes "x".'],
  ['an index beyond the inputs', { '1': good }, 'There is no input "1"; the graph takes "x".'],
  [
    'another type',
    { x: i64([1, 2, 3, 4, 5, 6], [1, 3, 2]) },
    'Input "x" is I64; the graph takes FP32 (FLOAT).',
  ],
  [
    'a rank too low',
    { x: f32([1, 2, 3, 4, 5, 6], [3, 2]) },
    'Input "x" has dimensions [3, 2]; the graph takes [batch, 3, 2].',
  ],
  [
    'a rank too high',
    { x: f32([1, 2, 3, 4, 5, 6], [1, 1, 3, 2]) },
    'Input "x" has dimensions [1, 1, 3, 2]; the graph takes [batch, 3, 2].',
  ],
  [
    'another fixed dimension',
    { x: f32([1, 2, 3, 4, 5, 6], [1, 2, 3]) },
    'Input "x" has dimensions [1, 2, 3]; the graph takes [batch, 3, 2].',
  ],
  [
    'too few bytes',
    { x: f32([1, 2, 3, 4, 5], [1, 3, 2]) },
    'Input "x" has 20 bytes of data; its dimensions [1, 3, 2] of FP32 need 24.',
  ],
  [
    'too many bytes',
    { x: f32([1, 2, 3, 4, 5, 6, 7], [1, 3, 2]) },
    'Input "x" has 28 bytes of data; its dimensions [1, 3, 2] of FP32 need 24.',
  ],
  [
    'part of an element',
    { x: { ...good, data: new Uint8Array(23) } },
    'Input "x" has 23 bytes of data; its dimensions [1, 3, 2] of FP32 need 24.',
  ],
  [
    'dimensions whose product is absurd',
    { x: f32([1], [65536, 65536, 65536]) },
    'Input "x" has 4 bytes of data; its dimensions [65536, 65536, 65536] of FP32 need 1125899906842624.',
  ],
])('%s is an invalid argument that says what was given and what is wanted', async (_, inputs, message) => {
  expect(await computeOnce(IMAGE, inputs)).toEqual({ code: 'invalid-argument', message });
});

test('of several inputs the missing ones are named', async () => {
  expect(await computeOnce(addModel('FLOAT', [1]), {})).toEqual({
    code: 'invalid-argument',
    message: 'Input "x", "w" is missing; the graph takes "x", "w".',
  });
});

test('the same name twice is an invalid argument', async () => {
  const twice = [open('same'), tensor('a', u8([1])), tensor('b', u8([1]))];
  const inputs: [string, string][] = [
    ['x', 'a'],
    ['x', 'b'],
  ];
  const outcomes = await runProbe([...twice, compute('', 'same', inputs)], {
    graphs: { same: identityModel('UINT8', [1]) },
  });
  expect(failureIn(outcomes)).toEqual({ code: 'invalid-argument', message: 'Input "x" is given twice.' });
});

test('a refused compute leaves the context usable, and has consumed its inputs', async () => {
  const steps = [
    [open('same'), tensor('bad', u8([1, 2])), tensor('good', u8([1]))],
    compute('', 'same', [['x', 'bad']]),
    compute('', 'same', [['x', 'good']]),
  ];
  const graphs = { same: identityModel('UINT8', [1]) };
  expect((await runProbe(steps, { graphs })).slice(-2).map(({ tag }) => tag)).toEqual(['failed', 'outputs']);
  await expect(runProbe([...steps, compute('', 'same', [['x', 'bad']])], { graphs })).rejects.toThrow(
    /handle/i,
  );
});

test('an output of the wrong type or shape for the next graph is refused just as a guest’s own tensor', async () => {
  const graphs = {
    bytes: identityModel('UINT8', ['n']),
    yes: identityModel('BOOL', ['n']),
    three: identityModel('UINT8', [3]),
  };
  const chain = (next: string) =>
    runProbe(
      [
        [open('bytes'), open(next), tensor('x', u8([0, 2]))],
        compute('', 'bytes', [['x', 'x']]),
        compute('next ', next, [['x', 'y']]),
      ],
      { graphs },
    );
  expect(failureIn(await chain('three'))).toEqual({
    code: 'invalid-argument',
    message: 'Input "x" has dimensions [2]; the graph takes [3].',
  });
  expect(failureIn(await chain('yes')).message).toBe(
    'Input "x" is BOOL, each element a byte of 0 or 1, and has another value.',
  );
});

test('an input that the model gives a default need not be given, and may not be', async () => {
  const model = onnxModel({
    inputs: [
      { name: 'x', type: 'FLOAT', dims: [1] },
      { name: 'bias', type: 'FLOAT', dims: [1] },
    ],
    outputs: [{ name: 'y', type: 'FLOAT', dims: [1] }],
    nodes: [{ op: 'Add', inputs: ['x', 'bias'], outputs: ['y'] }],
    initializers: [{ name: 'bias', type: 'FLOAT', dims: [1], data: Float32Array.of(100) }],
  });
  expect(await computeOnce(model, { x: f32([1]) })).toMatchObject({
    values: { y: { data: new Uint8Array(Float32Array.of(101).buffer) } },
  });
  // ONNX Runtime's binding would take the default all the same, without a word.
  expect(await computeOnce(model, { x: f32([1]), bias: f32([2]) })).toEqual({
    code: 'unsupported-operation',
    message: 'Input "bias" has a default value in the model, which cannot be replaced here; leave it out.',
  });
});

test('a name of any length is shown in a line', async () => {
  const failure = await computeOnce(IMAGE, { ['n'.repeat(100_000)]: good });
  expect(failure).toMatchObject({
    code: 'invalid-argument',
    message: expect.stringMatching(/^.{100,200}$/) as string,
  });
});
