import { describe, expect, test } from 'vitest';
import {
  compute,
  failureIn,
  getOutput,
  load,
  loadByName,
  open,
  tensor,
  type Outcome,
  type Step,
} from '../support/guest-script.ts';
import { f32, i64, u8 } from '../support/guest-values.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import { addModel, allocatingModel, identityModel, spinningModel } from '../support/onnx-models.ts';
import { ABIS, failureOfCompute, hasTypes, seenFailure, type Abi } from './abi.ts';

/** Every error code, and that each ABI gives it in the same words for the same reason. */

const model = identityModel('FLOAT', ['batch', 2]);
const good = f32([1, 2], [1, 2]);

const MATMUL = onnxModel({
  inputs: [
    { name: 'x', type: 'FLOAT', dims: ['a', 'b'] },
    { name: 'w', type: 'FLOAT', dims: ['c', 'd'] },
  ],
  outputs: [{ name: 'y', type: 'FLOAT', dims: ['a', 'd'] }],
  nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
});

async function failureOf(abi: Abi, step: Step, graphLoad = true) {
  return failureSeen(abi, await abi.run([step], { graphs: { model }, graphLoad }));
}

function failureSeen(abi: Abi, outcomes: readonly Outcome[]) {
  const { code, message } = failureIn(outcomes);
  return seenFailure(
    { ...abi, exceptions: { ...abi.exceptions, codes: { reason: '', instead: {} } } },
    { code, message },
  );
}

describe.each(ABIS)('$name', (abi) => {
  const failure = (code: Parameters<typeof seenFailure>[1]['code'], message: string) =>
    seenFailure(abi, { code, message });

  test('not-found: a name that is not there', async () => {
    expect(await failureOf(abi, loadByName('g', 'tokenizer'))).toEqual(
      failure('not-found', 'The manifest lists no graph "tokenizer"; it lists "model".'),
    );
  });

  test('security: load from bytes that is not granted', async () => {
    expect(await failureOf(abi, load('g', [model]), false)).toEqual(
      failure(
        'security',
        'Loading a graph from bytes is not granted; the manifest grants it with "grants": { "graphLoad": true }.',
      ),
    );
  });

  test.each(['openvino', 'tensorflow', 'pytorch', 'tensorflowlite'] as const)(
    'unsupported-operation: a graph in %s, and ONNX under that name is taken',
    async (encoding) => {
      const others = [[new TextEncoder().encode('a graph')], [model, model], []];
      const outcomes = await abi.run(
        [...others, [model]].map((builders, index) => load(`g${index}`, builders, encoding)),
        { graphLoad: true },
      );
      expect(outcomes.slice(0, -1).map((outcome) => failureSeen(abi, [outcome]))).toEqual(
        others.map(() =>
          failure(
            'unsupported-operation',
            `Graphs in ${encoding} are not supported; give ONNX, as one builder.`,
          ),
        ),
      );
      expect(outcomes.at(-1)).toEqual({ tag: 'done' });
    },
  );

  test.each(['gpu', 'tpu'] as const)('unsupported-operation: a graph for the %s', async (target) => {
    expect(await failureOf(abi, load('g', [model], 'onnx', target))).toEqual(
      failure('unsupported-operation', `There is no ${target} here; load the graph for cpu.`),
    );
  });

  test.each(['onnx', 'autodetect'] as const)(
    'invalid-encoding: no ONNX though %s says so',
    async (encoding) => {
      expect(await failureOf(abi, load('g', [new Uint8Array()], encoding))).toEqual(
        failure('invalid-encoding', 'The file is empty.'),
      );
    },
  );

  test.each([0, 2])('invalid-argument: %i builders for a graph that is one', async (count) => {
    const builders = Array.from({ length: count }, () => model);
    expect(await failureOf(abi, load('g', builders))).toEqual(
      failure('invalid-argument', `A graph is one builder; ${count} were given.`),
    );
  });

  test.each([
    ['no inputs', {}, 'Input "x" is missing; the graph takes "x".'],
    ['another type', { x: u8([1, 2], [1, 2]) }, 'Input "x" is U8; the graph takes FP32 (FLOAT).'],
    ['another rank', { x: f32([1, 2]) }, 'Input "x" has dimensions [2]; the graph takes [batch, 2].'],
    [
      'another fixed dimension',
      { x: f32([1, 2, 3], [1, 3]) },
      'Input "x" has dimensions [1, 3]; the graph takes [batch, 2].',
    ],
  ])('invalid-argument: %s', async (_, inputs, message) => {
    expect(await failureOfCompute(abi, model, inputs)).toEqual(failure('invalid-argument', message));
  });

  test.runIf(abi.exceptions.impliedLength === undefined)('invalid-argument: too few bytes', async () => {
    expect(await failureOfCompute(abi, model, { x: { ...good, data: new Uint8Array(7) } })).toEqual(
      failure('invalid-argument', 'Input "x" has 7 bytes of data; its dimensions [1, 2] of FP32 need 8.'),
    );
  });

  test('invalid-argument: an input that the graph does not have', async () => {
    expect(await failureOfCompute(abi, model, { z: good })).toEqual(
      failure('invalid-argument', 'There is no input "z"; the graph takes "x".'),
    );
  });

  test('runtime-error: what only shows when the graph runs', async () => {
    const inputs = { x: f32([1, 2], [1, 2]), w: f32([1, 2, 3], [3, 1]) };
    const result = await failureOfCompute(abi, MATMUL, inputs);
    expect(result).toMatchObject({ code: 'runtime-error' });
  });

  test.skipIf(abi.exceptions.stateless !== undefined)(
    'runtime-error: an output before any compute; invalid-argument: an output that the graph does not have',
    async () => {
      const outcomes = await abi.run(
        [
          [open('model'), getOutput('early', 'model', 'y'), tensor('x', good)],
          [compute('', 'model', [['x', 'x']]), getOutput('none', 'model', 'none')],
        ],
        { graphs: { model } },
      );
      expect([outcomes[2], outcomes.at(-1)]).toMatchObject([
        { val: failure('runtime-error', 'There is no output "y" yet: call compute first.') },
        { val: failure('invalid-argument', 'There is no output "none"; the graph gives "y".') },
      ]);
    },
  );

  test('too-large: an input, told at its use, and an output', async () => {
    const limits = { tensorBytes: 100 };
    const bytes = identityModel('UINT8', ['n']);
    expect(
      await failureOfCompute(abi, bytes, { x: u8(Array.from({ length: 101 }, () => 7)) }, limits),
    ).toEqual(failure('too-large', 'A tensor of 101 bytes is over the limit tensorBytes of 100.'));
    if (!hasTypes(abi, 'I64')) return;
    expect(await failureOfCompute(abi, allocatingModel(), { shape: i64([26]) }, limits)).toEqual(
      failure('too-large', 'A tensor of 104 bytes is over the limit tensorBytes of 100.'),
    );
  });

  test('too-large: more computes than computeCalls', async () => {
    const steps = [open('model'), tensor('x', good), compute('1 ', 'model', [['x', 'x']])];
    const again = [tensor('z', good), compute('2 ', 'model', [['x', 'z']])];
    const outcomes = await abi.run([...steps, ...again], { graphs: { model }, limits: { computeCalls: 1 } });
    const { code, message } = failureIn(outcomes);
    expect({ code, message }).toMatchObject(
      failure('too-large', 'The request has made the 1 compute calls that computeCalls allows.'),
    );
  });

  test.runIf(hasTypes(abi, 'I64'))('timeout: the deadline passes during a compute', async () => {
    const script = [open('spin'), tensor('n', i64([1_000_000])), compute('', 'spin', [['iterations', 'n']])];
    const outcomes = await abi.run(script, { graphs: { spin: spinningModel() }, deadlineMs: 300 });
    expect(failureIn(outcomes)).toMatchObject(failure('timeout', 'The deadline of the request has passed.'));
  });

  test('an error does not spoil what comes after it', async () => {
    const graphs = { add: addModel('FLOAT', [1]) };
    const steps = [
      [open('add'), tensor('x', f32([1])), tensor('w', f32([2])), tensor('bad', u8([1]))],
      compute('', 'add', [['x', 'bad']]),
      compute('', 'add', [
        ['x', 'x'],
        ['w', 'w'],
      ]),
    ];
    const tags = (await abi.run(steps, { graphs })).slice(-2).map(({ tag }) => tag);
    expect(tags).toEqual(['failed', 'outputs']);
  });
});
