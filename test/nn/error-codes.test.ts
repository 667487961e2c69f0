import { expect, test } from 'vitest';
import type { ElementType } from '../../src/element-types.ts';
import { computeOnce, runProbe } from '../support/guest-probe.ts';
import {
  compute,
  failureIn,
  init,
  load,
  loadByName,
  open,
  tensor,
  type Step,
} from '../support/guest-script.ts';
import { f32, i64 } from '../support/guest-values.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import {
  allocatingModel,
  externalDataModel,
  identityModel,
  spinningModel,
  unknownOperatorModel,
} from '../support/onnx-models.ts';

/**
 * Each error code but two, which have files of their own: `invalid-argument` and `too-large`. `unknown` is
 * for what the host itself does wrong, such as an engine's answer of the wrong kind, and is never meant to be.
 */

const granted = { graphLoad: true };
const model = identityModel('FLOAT', [1]);

async function failureOf(step: Step, options: Parameters<typeof runProbe>[1] = granted) {
  return failureIn(await runProbe([step], options));
}

test('not-found: a name that the manifest does not list', async () => {
  const graphs = { encoder: model, decoder: model };
  expect(await failureOf(loadByName('g', 'tokenizer'), { graphs })).toEqual({
    code: 'not-found',
    message: 'The manifest lists no graph "tokenizer"; it lists "encoder", "decoder".',
  });
  expect(await failureOf(loadByName('g', ''), {})).toEqual({
    code: 'not-found',
    message: 'The manifest lists no graph ""; it lists none.',
  });
});

test('not-found: a graph of another model, though it is loaded', async () => {
  for (const name of ['probe@1/model', '../probe@1/model', 'loaded-1', 'toString']) {
    expect(await failureOf(loadByName('g', name), { graphs: { model } })).toMatchObject({
      code: 'not-found',
    });
  }
});

test('security: load from bytes is refused unless the manifest grants it, whatever the bytes', async () => {
  for (const step of [load('g', [model]), load('g', []), load('g', [model], 'pytorch', 'gpu')]) {
    expect(await failureOf(step, {})).toEqual({
      code: 'security',
      message:
        'Loading a graph from bytes is not granted; the manifest grants it with "grants": { "graphLoad": true }.',
    });
  }
});

test.each(['/etc/passwd', '../secret.bin', 'weights.bin', 'file:///etc/passwd'])(
  'security: a model whose data are at %s, outside its file',
  async (location) => {
    expect(await failureOf(load('g', [externalDataModel(location)]))).toEqual({
      code: 'security',
      message: `The model refers to data outside its file ("${location}"); save it with its data inside.`,
    });
  },
);

test.each(['openvino', 'tensorflow', 'pytorch', 'tensorflowlite', 'ggml'] as const)(
  'unsupported-operation: a graph in %s, and ONNX under that name is taken',
  async (encoding) => {
    const gguf = new TextEncoder().encode('GGUF, and what follows');
    expect(await failureOf(load('g', [gguf], encoding))).toEqual({
      code: 'unsupported-operation',
      message: `Graphs in ${encoding} are not supported; give ONNX, as one builder.`,
    });
    expect(await runProbe([load('g', [model], encoding)], granted)).toEqual([{ tag: 'done' }]);
  },
);

test.each(['gpu', 'tpu'] as const)(
  'unsupported-operation: a graph for the %s, never run on the CPU instead',
  async (target) => {
    expect(await failureOf(load('g', [model], 'onnx', target))).toEqual({
      code: 'unsupported-operation',
      message: `There is no ${target} here; load the graph for cpu.`,
    });
  },
);

test.each<[ElementType]>([['INT16'], ['UINT16'], ['STRING'], ['COMPLEX64'], ['FLOAT8E4M3FN'], ['INT4']])(
  'unsupported-operation: a graph of %s, which no tensor type can carry',
  async (elementType) => {
    const message = `Input "x" is ${elementType}, which no wasi:nn tensor type can carry.`;
    expect(await failureOf(load('g', [identityModel(elementType, [1])]))).toEqual({
      code: 'unsupported-operation',
      message,
    });
  },
);

test('unsupported-operation: an output that no tensor type can carry, before anything is run', async () => {
  const toUint16 = onnxModel({
    inputs: [{ name: 'x', type: 'FLOAT', dims: [1] }],
    outputs: [{ name: 'y', type: 'UINT16', dims: [1] }],
    nodes: [{ op: 'Cast', inputs: ['x'], outputs: ['y'], attributes: { to: { int: 4 } } }],
  });
  expect(await failureOf(load('g', [toUint16]))).toEqual({
    code: 'unsupported-operation',
    message: 'Output "y" is UINT16, which no wasi:nn tensor type can carry.',
  });
});

test('unsupported-operation: an operator, an operator set or a file version that the engine lacks', async () => {
  const io = {
    inputs: [{ name: 'x', type: 'FLOAT', dims: [1] }],
    outputs: [{ name: 'y', type: 'FLOAT', dims: [1] }],
  } as const;
  const same = { ...io, nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }] };
  const foreign = { ...io, nodes: [{ op: 'Attend', domain: 'com.acme', inputs: ['x'], outputs: ['y'] }] };
  for (const [lacking, word] of [
    [unknownOperatorModel(), 'NoSuchOperator'],
    [onnxModel({ ...foreign, domains: { 'com.acme': 1 } }), 'com.acme:Attend'],
    [onnxModel({ ...same, opset: 99 }), 'Opset 99'],
    [onnxModel({ ...same, irVersion: 99 }), 'IR version: 99'],
  ] as const) {
    const { code, message } = await failureOf(load('g', [lacking]));
    expect(code).toBe('unsupported-operation');
    expect(message).toMatch(/^The engine cannot run this model: /);
    expect(message).toContain(word);
    expect(message).not.toMatch(/onnxruntime_src|\.(cc|h):\d/);
  }
});

test.each<[what: string, bytes: Uint8Array, message: string]>([
  ['nothing', new Uint8Array(), 'The file is empty.'],
  ['a web page', Buffer.from('<!doctype html><p>404'), 'The file is a web page, not an ONNX model.'],
  ['half a model', model.subarray(0, model.length / 2), ''],
  ['noise', Uint8Array.from({ length: 4096 }, (_, i) => (i * 7919) % 251), ''],
])('invalid-encoding: %s', async (_, bytes, message) => {
  for (const encoding of ['onnx', 'autodetect'] as const) {
    const failure = await failureOf(load('g', [bytes], encoding));
    expect(failure.code).toBe('invalid-encoding');
    expect(failure.message).toContain(message);
  }
});

test('invalid-encoding: a model that contradicts itself', async () => {
  const wrongType = onnxModel({
    inputs: [{ name: 'x', type: 'FLOAT', dims: [1] }],
    outputs: [{ name: 'y', type: 'INT64', dims: [1] }],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
  });
  expect(await failureOf(load('g', [wrongType]))).toMatchObject({
    code: 'invalid-encoding',
    message: expect.stringMatching(/^The engine cannot load this model: Type Error/) as string,
  });
});

test.each([[0], [2]])('invalid-argument: %i builders for a graph that is one', async (count) => {
  expect(
    await failureOf(
      load(
        'g',
        Array.from({ length: count }, () => model),
      ),
    ),
  ).toEqual({
    code: 'invalid-argument',
    message: `A graph is one builder; ${count} were given.`,
  });
});

test('runtime-error: what only shows when the graph runs', async () => {
  const matmul = onnxModel({
    inputs: [
      { name: 'x', type: 'FLOAT', dims: ['a', 'b'] },
      { name: 'w', type: 'FLOAT', dims: ['c', 'd'] },
    ],
    outputs: [{ name: 'y', type: 'FLOAT', dims: ['a', 'd'] }],
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
  });
  const inputs = { x: f32([1, 2], [1, 2]), w: f32([1, 2, 3], [3, 1]) };
  const failure = await computeOnce(matmul, inputs);
  expect(failure).toMatchObject({ code: 'runtime-error' });
  expect('message' in failure && failure.message).toMatch(/^The engine could not run the graph: .*MatMul/);
  const absurd = await computeOnce(allocatingModel(), { shape: i64([2n ** 40n]) });
  expect(absurd).toMatchObject({ code: 'too-large' });
});

test('timeout: the deadline passes during a compute, and the guest is told while the run goes on', async () => {
  const graphs = { spin: spinningModel(), same: model };
  const script = [open('spin'), tensor('n', i64([600_000])), compute('', 'spin', [['iterations', 'n']])];
  const outcomes = await runProbe(script, { graphs, deadlineMs: 100 });
  expect(failureIn(outcomes)).toEqual({
    code: 'timeout',
    message: 'The deadline of the request has passed.',
  });
  const next = [open('same'), tensor('x', f32([1])), compute('', 'same', [['x', 'x']])];
  expect((await runProbe(next, { graphs })).at(-1)).toEqual({ tag: 'outputs', val: ['y'] });
});

test('an error does not spoil what comes after it', async () => {
  const steps = [loadByName('g', 'no'), loadByName('g', 'model'), load('h', []), init('c', 'g')];
  const tags = (await runProbe(steps, { graphs: { model } })).map(({ tag }) => tag);
  expect(tags).toEqual(['failed', 'done', 'failed', 'done']);
});
