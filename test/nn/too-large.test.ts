import { expect, test } from 'vitest';
import { computeOnce, runProbe } from '../support/guest-probe.ts';
import { compute, drop, failureIn, init, load, loadByName, open, tensor } from '../support/guest-script.ts';
import { asRead, f32, i64, u8 } from '../support/guest-values.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import { allocatingModel, identityModel } from '../support/onnx-models.ts';

/** `too-large`: each limit, what it says, and what still goes just below it. */

const bytes = identityModel('UINT8', ['n']);
const filled = (length: number, element: number) => Array.from({ length }, () => element);
const ofSize = (size: number) => u8(filled(size, 7));

test('tensorBytes: a tensor of the guest’s own, told at its use', async () => {
  const limits = { tensorBytes: 100 };
  expect(await computeOnce(bytes, { x: ofSize(100) }, ['y'], limits)).toMatchObject({ names: ['y'] });
  expect(await computeOnce(bytes, { x: ofSize(101) }, ['y'], limits)).toEqual({
    code: 'too-large',
    message: 'A tensor of 101 bytes is over the limit tensorBytes of 100.',
  });
});

test('tensorBytes: an output of the graph’s, and each output for itself', async () => {
  const limits = { tensorBytes: 100 };
  const zeros = (size: number) => computeOnce(allocatingModel(), { shape: i64([size]) }, ['y'], limits);
  expect(await zeros(25)).toMatchObject({ values: { y: asRead(f32(filled(25, 0))) } });
  expect(await zeros(26)).toEqual({
    code: 'too-large',
    message: 'A tensor of 104 bytes is over the limit tensorBytes of 100.',
  });
  const twice = onnxModel({
    inputs: [{ name: 'x', type: 'UINT8', dims: ['n'] }],
    outputs: [
      { name: 'y', type: 'UINT8', dims: ['n'] },
      { name: 'z', type: 'UINT8', dims: ['n'] },
    ],
    nodes: ['y', 'z'].map((name) => ({ op: 'Identity', inputs: ['x'], outputs: [name] })),
  });
  expect(await computeOnce(twice, { x: ofSize(80) }, ['y', 'z'], limits)).toMatchObject({
    names: ['y', 'z'],
  });
});

test('requestTensorBytes: all tensors that live at one moment, and what was dropped or consumed is free', async () => {
  const options = { graphs: { bytes }, limits: { requestTensorBytes: 250 } };
  const both = [open('bytes'), tensor('a', ofSize(125)), tensor('b', ofSize(126))];
  const refused = await runProbe([...both, compute('', 'bytes', [['x', 'b']])], options);
  expect(failureIn(refused)).toEqual({
    code: 'too-large',
    message: 'The request’s tensors would take 251 bytes, over the limit requestTensorBytes of 250.'.replace(
      '’',
      "'",
    ),
  });
  const rounds = Array.from({ length: 5 }, (_, i) => [
    tensor(`x${i}`, ofSize(200)),
    compute(`${i} `, 'bytes', [['x', `x${i}`]]),
    drop('tensor', `${i} y`),
  ]);
  const freed = await runProbe([open('bytes'), ...rounds.flat()], options);
  expect(freed.filter(({ tag }) => tag === 'failed')).toEqual([]);
});

test('requestTensorBytes: outputs over what is left are freed, and the next compute has it all again', async () => {
  const steps = [
    [open('zeros'), tensor('much', i64([70])), tensor('little', i64([60]))],
    compute('', 'zeros', [['shape', 'much']]),
    compute('', 'zeros', [['shape', 'little']]),
  ];
  const limits = { requestTensorBytes: 256 };
  const outcomes = await runProbe(steps, { graphs: { zeros: allocatingModel() }, limits });
  expect(failureIn(outcomes)).toEqual({
    code: 'too-large',
    message: "The request's tensors would take 288 bytes, over the limit requestTensorBytes of 256.",
  });
  expect(outcomes.at(-1)).toEqual({ tag: 'outputs', val: ['y'] });
});

test('liveResources: tensors, graphs and contexts together', async () => {
  const steps = [loadByName('g', 'bytes'), init('c', 'g'), tensor('x', u8([1])), tensor('late', u8([2]))];
  const options = { graphs: { bytes }, limits: { liveResources: 3 } };
  const told = await runProbe([...steps, compute('', 'c', [['x', 'late']])], options);
  expect(failureIn(told)).toEqual({
    code: 'too-large',
    message:
      'The request holds 3 tensors, graphs and contexts, and liveResources allows 3: drop those that are no longer needed.',
  });
  for (const step of [loadByName('h', 'bytes'), init('d', 'g')]) {
    expect(failureIn(await runProbe([...steps.slice(0, 3), step], options)).code).toBe('too-large');
    const dropped = await runProbe([...steps.slice(0, 3), drop('tensor', 'x'), step], options);
    expect(dropped.at(-1)).toEqual({ tag: 'done' });
  }
});

test('liveResources: of several outputs all are kept or none', async () => {
  const three = onnxModel({
    inputs: [{ name: 'x', type: 'UINT8', dims: ['n'] }],
    outputs: ['a', 'b', 'c'].map((name) => ({ name, type: 'UINT8', dims: ['n'] }) as const),
    nodes: ['a', 'b', 'c'].map((name) => ({ op: 'Identity', inputs: ['x'], outputs: [name] })),
  });
  const steps = [
    [open('three'), tensor('x', u8([1])), tensor('spare', u8([1]))],
    compute('', 'three', [['x', 'x']]),
    compute('', 'three', [['x', 'spare']]),
  ];
  const outcomes = await runProbe(steps, { graphs: { three }, limits: { liveResources: 5 } });
  expect(outcomes.slice(-2)).toMatchObject([
    { tag: 'failed', val: { code: 'too-large' } },
    { tag: 'outputs' },
  ]);
});

test('computeCalls: the compute that is one too many', async () => {
  const calls = Array.from({ length: 3 }, (_, i) => [
    tensor('x', u8([i])),
    compute('', 'bytes', [['x', 'x']]),
  ]);
  const steps = [open('bytes'), ...calls.flat()];
  expect(failureIn(await runProbe(steps, { graphs: { bytes }, limits: { computeCalls: 2 } }))).toEqual({
    code: 'too-large',
    message: 'The request has made the 2 compute calls that computeCalls allows.',
  });
});

test('graphs from bytes count as tensors do until the request ends, dropped or not', async () => {
  const options = { graphLoad: true, limits: { requestTensorBytes: 2 * bytes.byteLength + 10 } };
  const one = [load('g', [bytes]), drop('graph', 'g')];
  expect(failureIn(await runProbe([...one, ...one, load('g', [bytes])], options))).toEqual({
    code: 'too-large',
    message: `A graph of ${bytes.byteLength} bytes is over the 10 that requestTensorBytes leaves.`,
  });
});

test('a tensor has at most 64 dimensions', async () => {
  const any = identityModel('UINT8');
  const ofRank = (rank: number) => computeOnce(any, { x: u8([1], filled(rank, 1)) });
  expect(await ofRank(65)).toEqual({
    code: 'too-large',
    message: 'A tensor of 65 dimensions is over the 64 that one may have.',
  });
  expect(await ofRank(8)).toMatchObject({ values: { y: { dimensions: [1, 1, 1, 1, 1, 1, 1, 1] } } });
});

test('a refused tensor tells its dimensions and type all the same, and its data are a trap', async () => {
  const limits = { tensorBytes: 4 };
  const asked = [
    tensor('x', u8([1, 2, 3, 4, 5])),
    { tag: 'ty', val: 'x' },
    { tag: 'dimensions', val: 'x' },
  ] as const;
  expect((await runProbe(asked, { limits })).slice(1)).toEqual([
    { tag: 'ty', val: 'U8' },
    { tag: 'dimensions', val: Uint32Array.of(5) },
  ]);
  await expect(runProbe([...asked, { tag: 'data', val: 'x' }], { limits })).rejects.toThrow(
    /limit tensorBytes of 4/,
  );
});
