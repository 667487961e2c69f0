import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSandpiper, type ClientTensor, type Datatype, type Sandpiper } from '../../src/index.ts';
import type { ElementType } from '../../src/element-types.ts';
import { graphRepository, type GraphRepository } from '../support/graph-models.ts';
import { addModel, allocatingModel, identityModel, spinningModel } from '../support/onnx-models.ts';
import { onnxModel } from '../support/onnx-builder.ts';

/** Each datatype as ONNX calls it, and two elements of it. */
const DATATYPES: readonly [Datatype, ElementType, ArrayBufferView<ArrayBuffer>][] = [
  ['BOOL', 'BOOL', Uint8Array.of(1, 0)],
  ['UINT8', 'UINT8', Uint8Array.of(0, 255)],
  ['UINT16', 'UINT16', Uint16Array.of(0, 65_535)],
  ['UINT32', 'UINT32', Uint32Array.of(0, 4_294_967_295)],
  ['UINT64', 'UINT64', BigUint64Array.of(0n, 2n ** 64n - 1n)],
  ['INT8', 'INT8', Int8Array.of(-128, 127)],
  ['INT16', 'INT16', Int16Array.of(-32_768, 32_767)],
  ['INT32', 'INT32', Int32Array.of(-(2 ** 31), 2 ** 31 - 1)],
  ['INT64', 'INT64', BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)],
  ['FP16', 'FLOAT16', Uint16Array.of(0x3c00, 0xfbff)],
  ['FP32', 'FLOAT', Float32Array.of(-1.5, NaN)],
  ['FP64', 'DOUBLE', Float64Array.of(Math.PI, -Infinity)],
  ['BF16', 'BFLOAT16', Uint16Array.of(0x3f80, 0xff80)],
];

let repository: GraphRepository;
let service: Sandpiper;
beforeAll(async () => {
  repository = await graphRepository({
    ...Object.fromEntries(DATATYPES.map(([datatype, type]) => [datatype, identityModel(type, ['n'])])),
    text: identityModel('STRING', ['n']),
    add: addModel('FLOAT', ['batch', 2]),
    'scalar-and-any': onnxModel({
      inputs: [
        { name: 'scalar', type: 'FLOAT', dims: [] },
        { name: 'any', type: 'FLOAT' },
      ],
      outputs: [
        { name: 'a', type: 'FLOAT', dims: [] },
        { name: 'b', type: 'FLOAT' },
      ],
      nodes: [
        { op: 'Identity', inputs: ['scalar'], outputs: ['a'] },
        { op: 'Identity', inputs: ['any'], outputs: ['b'] },
      ],
    }),
    spin: spinningModel(),
  });
  await repository.put('allocate', 1, allocatingModel(), {
    limits: { tensorBytes: 1_000, requestTensorBytes: 1_500 },
  });
  await repository.put('slow', 1, spinningModel(), { limits: { deadlineMs: 1_000 } });
  await repository.put('narrow', 1, identityModel('FLOAT', ['n']), {
    limits: { tensorBytes: 16, requestTensorBytes: 16 },
  });
  await repository.put('described', 1, describedModel(), {});
  service = await openSandpiper({
    models: repository.path,
    cacheDir: repository.path,
    concurrentRuns: 2,
    guestThreads: 1,
    logLevel: 'silent',
  });
});
afterAll(async () => {
  await service.close();
  await repository[Symbol.asyncDispose]();
});

function describedModel(): Uint8Array {
  return onnxModel({
    metadata: { author: 'nobody' },
    inputs: [
      { name: 'picture', type: 'UINT8', dims: ['batch', 3, null] },
      { name: 'scale', type: 'UINT8', dims: [] },
    ],
    outputs: [{ name: 'y', type: 'UINT8', dims: ['batch', 3, null] }],
    nodes: [{ op: 'Add', inputs: ['picture', 'scale'], outputs: ['y'] }],
    initializers: [{ name: 'scale', type: 'UINT8', dims: [], data: Uint8Array.of(0) }],
  });
}

function tensor(
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  { buffer, byteOffset, byteLength }: ArrayBufferView,
): ClientTensor {
  // A buffer of its own, which the service may keep.
  return { name, datatype, shape, data: new Uint8Array(buffer, byteOffset, byteLength).slice() };
}

const fp32 = (name: string, shape: readonly number[], ...elements: number[]): ClientTensor =>
  tensor(name, 'FP32', shape, Float32Array.from(elements));

const floatsOf = ({ data }: ClientTensor): number[] => [
  ...new Float32Array(Uint8Array.from(data as Uint8Array).buffer),
];

const iterations = (count: bigint): ClientTensor =>
  tensor('iterations', 'INT64', [], BigInt64Array.of(count));

describe('Tensors go in and come out', () => {
  test.each(DATATYPES)('bit for bit as %s', async (datatype, _type, elements) => {
    const input = tensor('x', datatype, [2], elements);
    const before = Uint8Array.from(input.data as Uint8Array);
    const { model, version, outputs } = await service.infer(datatype, [input]);
    expect({ model, version, outputs }).toEqual({
      model: datatype,
      version: 1,
      outputs: [{ name: 'y', datatype, shape: [2], data: before }],
    });
  });

  test('as BYTES of any length', async () => {
    const data = ['', 'a', 'Ünïcödé \u{1F426}'].map((text) => Buffer.from(text));
    const { outputs } = await service.infer('text', [{ name: 'x', datatype: 'BYTES', shape: [3], data }]);
    expect(outputs).toMatchObject([{ name: 'y', datatype: 'BYTES', shape: [3] }]);
    const [elements] = outputs.map((output) => output.data as Uint8Array[]);
    expect(elements?.map((element) => Buffer.from(element))).toEqual(data);
  });

  test('with no element at all', async () => {
    const { outputs } = await service.infer('FP32', [fp32('x', [0])]);
    expect(outputs).toMatchObject([{ shape: [0], data: new Uint8Array(0) }]);
  });

  test('as scalars, which one element may stand for, and in any rank where the graph says none', async () => {
    for (const shape of [[], [1]]) {
      const inputs = [fp32('any', [1, 2, 1], 5, 6), fp32('scalar', shape, 7)];
      const { outputs } = await service.infer('scalar-and-any', inputs);
      expect(outputs.map((output) => [output.name, output.shape, floatsOf(output)])).toEqual([
        ['a', [], [7]],
        ['b', [1, 2, 1], [5, 6]],
      ]);
    }
  });

  test('in the order of the inputs that the client likes, and with the outputs that it asks for', async () => {
    const inputs = (): ClientTensor[] => [fp32('any', [1], 5), fp32('scalar', [], 7)];
    const { outputs } = await service.infer('scalar-and-any', inputs(), { outputs: ['b'] });
    expect(outputs.map(({ name }) => name)).toEqual(['b']);
    const swapped = await service.infer('scalar-and-any', inputs(), { outputs: ['b', 'a'] });
    expect(swapped.outputs.map(({ name }) => name)).toEqual(['b', 'a']);
  });

  test('from one buffer that several of them share, at any offset, and from memory that cannot change hands', async () => {
    const body = new Uint8Array(17);
    body.set(new Uint8Array(Float32Array.of(1, 2).buffer), 1);
    body.set(new Uint8Array(Float32Array.of(10, 20).buffer), 9);
    const pooled = Buffer.from(new Uint8Array(Float32Array.of(1, 2).buffer));
    const shared = new Uint8Array(new SharedArrayBuffer(8));
    shared.set(new Uint8Array(Float32Array.of(10, 20).buffer));
    for (const [x, w] of [
      [body.subarray(1, 9), body.subarray(9, 17)],
      [pooled, shared],
    ] as [Uint8Array, Uint8Array][]) {
      const { outputs } = await service.infer('add', [
        { name: 'x', datatype: 'FP32', shape: [1, 2], data: x },
        { name: 'w', datatype: 'FP32', shape: [1, 2], data: w },
      ]);
      expect(outputs.map(floatsOf)).toEqual([[11, 22]]);
    }
    expect(pooled).toHaveLength(8);
  });

  test('as one tensor given for two inputs, and the engine goes on', async () => {
    for (let round = 0; round < 2; round++) {
      const data = new Uint8Array(Float32Array.of(1, 2).buffer);
      const same = (name: string): ClientTensor => ({ name, datatype: 'FP32', shape: [1, 2], data });
      const { outputs } = await service.infer('add', [same('x'), same('w')]);
      expect(outputs.map(floatsOf)).toEqual([[2, 4]]);
    }
  });

  test('many at a time, each with its own answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, i) =>
        service.infer('add', [fp32('x', [1, 2], i, 0), fp32('w', [1, 2], 1, 2)]),
      ),
    );
    expect(answers.map(({ outputs }) => outputs.map(floatsOf))).toEqual(
      Array.from({ length: 60 }, (_, i) => [[i + 1, 2]]),
    );
  });
});

describe('What does not fit is refused with what was expected', () => {
  const x = (): ClientTensor => fp32('x', [1, 2], 1, 2);
  const w = (): ClientTensor => fp32('w', [1, 2], 1, 2);
  test.each<[string, ClientTensor[], string]>([
    [
      'no input',
      [],
      "expected 2 inputs but got 0 inputs for model 'add'. Got input(s) [], but missing required input(s) ['x','w']. Please provide all required input(s).",
    ],
    [
      'a missing input',
      [x()],
      "expected 2 inputs but got 1 inputs for model 'add'. Got input(s) ['x'], but missing required input(s) ['w']. Please provide all required input(s).",
    ],
    [
      'an unknown input',
      [x(), w(), fp32('z', [1], 1)],
      "unexpected inference input 'z' for model 'add', which takes ['x','w']",
    ],
    ['the same input twice', [x(), x()], "input 'x' already exists in request"],
    [
      'another datatype',
      [tensor('x', 'INT32', [1, 2], Int32Array.of(1, 2))],
      "inference input 'x' data-type is 'INT32', but model 'add' expects 'FP32'",
    ],
    [
      'another fixed dimension',
      [fp32('x', [1, 3], 1, 2, 3)],
      "unexpected shape for input 'x' for model 'add'. Expected [-1,2], got [1,3].",
    ],
    [
      'another rank',
      [fp32('x', [2], 1, 2)],
      "unexpected shape for input 'x' for model 'add'. Expected [-1,2], got [2].",
    ],
    [
      'a negative dimension',
      [fp32('x', [-1, 2], 1, 2)],
      "unexpected shape for input 'x' for model 'add'. Expected [-1,2], got [-1,2].",
    ],
    [
      'a broken dimension',
      [fp32('x', [0.5, 2], 1)],
      "unexpected shape for input 'x' for model 'add'. Expected [-1,2], got [0.5,2].",
    ],
    [
      'a dimension beyond numbers',
      [fp32('x', [1e300, 2], 1)],
      "unexpected shape for input 'x' for model 'add'. Expected [-1,2], got [1e+300,2].",
    ],
    [
      'too few bytes',
      [fp32('x', [2, 2], 1, 2, 3)],
      "input byte size mismatch for input 'x' for model 'add'. Expected 16, got 12",
    ],
    [
      'too many bytes',
      [fp32('x', [1, 2], 1, 2, 3)],
      "input byte size mismatch for input 'x' for model 'add'. Expected 8, got 12",
    ],
    [
      'a list in the place of bytes',
      [{ ...x(), data: [] }],
      "input byte size mismatch for input 'x' for model 'add'. Expected 8, got 0",
    ],
  ])('%s', async (_, inputs, message) => {
    await expect(service.infer('add', inputs)).rejects.toMatchObject({
      code: 'invalid-request',
      status: 400,
      message,
    });
  });

  test.each<[string, ClientTensor['data'], string]>([
    [
      'too few elements',
      [Buffer.from('a')],
      "unexpected number of string elements 1 for inference input 'x' of model 'text', expecting 2",
    ],
    [
      'bytes in the place of a list',
      new Uint8Array(8),
      "unexpected number of string elements 0 for inference input 'x' of model 'text', expecting 2",
    ],
  ])('%s', async (_, data, message) => {
    const input: ClientTensor = { name: 'x', datatype: 'BYTES', shape: [2], data };
    await expect(service.infer('text', [input])).rejects.toMatchObject({ code: 'invalid-request', message });
  });

  test.each<[string, string[], string]>([
    ['an unknown output', ['z'], "unexpected inference output 'z' for model 'add', which gives y"],
    ['the same output twice', ['y', 'y'], "output 'y' already exists in request"],
  ])('%s', async (_, outputs, message) => {
    await expect(service.infer('add', [x(), w()], { outputs })).rejects.toMatchObject({
      code: 'invalid-request',
      message,
    });
  });

  test('more dimensions than anybody has, even where the graph takes any', async () => {
    const ones = (rank: number): ClientTensor => fp32('any', Array<number>(rank).fill(1), 5);
    const scalar = (): ClientTensor => fp32('scalar', [], 7);
    const { outputs } = await service.infer('scalar-and-any', [scalar(), ones(64)], { outputs: ['b'] });
    expect(outputs[0]?.shape).toHaveLength(64);
    await expect(service.infer('scalar-and-any', [scalar(), ones(100_000)])).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(
        /Expected at most 64 whole numbers from 0, got \[(?:1,){64}…\]\.$/,
      ) as string,
    });
  });

  test('a BOOL that is neither 0 nor 1', async () => {
    await expect(service.infer('BOOL', [tensor('x', 'BOOL', [1], Uint8Array.of(2))])).rejects.toMatchObject({
      code: 'invalid-request',
      message: 'Input "x" is BOOL, each element a byte of 0 or 1, and has another value.',
    });
  });

  test('tensors that only the graph itself finds not to fit', async () => {
    await expect(
      service.infer('add', [fp32('x', [2, 2], 1, 2, 3, 4), fp32('w', [3, 2], 1, 2, 3, 4, 5, 6)]),
    ).rejects.toMatchObject({
      code: 'unusable-input',
      status: 422,
      message: expect.stringMatching(
        /^The engine could not run the graph: .* Add node\. Name:'' Status Message: Attempting to broadcast an axis by a dimension other than 1\. 2 by 3$/,
      ) as string,
    });
    expect((await service.infer('add', [x(), w()])).outputs.map(floatsOf)).toEqual([[2, 4]]);
  });

  test('a model or a version that is not there, and a task that is another', async () => {
    await expect(service.infer('none', [])).rejects.toMatchObject({ code: 'not-found' });
    await expect(service.infer('add', [], { version: 7 })).rejects.toMatchObject({
      code: 'not-found',
      message: 'Model add has no version 7; it serves 1.',
    });
    await expect(service.classify('add', new Uint8Array(1))).rejects.toMatchObject({
      code: 'invalid-request',
      message: 'Model add takes tensors, not files: send it those that it describes as its inputs.',
    });
  });
});

describe('Limits', () => {
  test('tensorBytes and requestTensorBytes bound what comes in', async () => {
    await expect(service.infer('narrow', [fp32('x', [5], 1, 2, 3, 4, 5)])).rejects.toMatchObject({
      code: 'input-too-large',
      message: "Input 'x' takes 20 bytes, over the limit tensorBytes of 16.",
    });
    await expect(service.infer('narrow', [fp32('x', [4], 1, 2, 3, 4)])).rejects.toMatchObject({
      code: 'input-too-large',
      message: 'The outputs take 16 bytes, and the limit requestTensorBytes leaves 0.',
    });
  });

  test('tensorBytes bounds what comes out', async () => {
    const shape = tensor('shape', 'INT64', [1], BigInt64Array.of(251n));
    await expect(service.infer('allocate', [shape])).rejects.toMatchObject({
      code: 'input-too-large',
      message: 'Output "y" takes 1004 bytes, over the limit tensorBytes of 1000.',
    });
  });

  test('deadlineMs answers the caller of a run that goes on, and others go on elsewhere', async () => {
    await expect(service.infer('slow', [iterations(2n ** 40n)])).rejects.toMatchObject({
      code: 'deadline-exceeded',
    });
    expect(
      (await service.infer('add', [fp32('x', [1, 2], 1, 2), fp32('w', [1, 2], 1, 2)])).outputs,
    ).toHaveLength(1);
    await expect(service.infer('spin', [iterations(500_000n)], { deadlineMs: 50 })).rejects.toMatchObject({
      code: 'deadline-exceeded',
    });
  });

  test('a client that goes away is let go at once', async () => {
    const client = new AbortController();
    const asked = service.infer('spin', [iterations(200_000n)], { signal: client.signal });
    client.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    expect(await service.metrics()).toContain('sandpiper_requests_present{model="spin"} 0');
  });
});

test('strings of a bare graph are any bytes, NULs and what is not UTF-8 included', async () => {
  const data = [Buffer.from('a\0b'), Uint8Array.of(0xff), Buffer.from('')];
  const input: ClientTensor = { name: 'x', datatype: 'BYTES', shape: [3], data };
  const { outputs } = await service.infer('text', [input]);
  const [elements] = outputs.map((output) => output.data as Uint8Array[]);
  expect(elements?.map((element) => [...element])).toEqual([[97, 0, 98], [255], []]);
});

describe('What a bare graph tells of itself', () => {
  test('comes from the graph and the manifest; inputs that nobody can give are left out', () => {
    expect(service.describeModel('described')).toEqual({
      name: 'described',
      version: 1,
      versions: [1],
      ready: true,
      platform: 'onnx_onnxv1',
      triton: { platform: 'onnxruntime_onnx', backend: 'onnxruntime' },
      maxBatchSize: Math.floor((128 * 2 ** 20) / 3),
      inputs: [{ name: 'picture', datatype: 'UINT8', shape: [-1, 3, -1] }],
      outputs: [{ name: 'y', datatype: 'UINT8', shape: [-1, 3, -1] }],
      labels: new Map(),
      graphs: [
        expect.objectContaining({
          name: 'described',
          outputs: [
            { name: 'y', type: 'U8', elementType: 'UINT8', shape: ['batch', 3, null], optional: false },
          ],
        }),
      ],
      properties: { author: 'nobody', task: 'tensors', licence: 'Apache-2.0', source: 'made by a test' },
    });
  });

  test('is that there is no batch where the first dimension is fixed, missing, or the only one', () => {
    for (const name of ['scalar-and-any', 'FP32', 'spin'])
      expect(service.describeModel(name).maxBatchSize).toBe(0);
  });

  test('counts each input of a batch, and each request that failed', async () => {
    const before = service.statistics('add')[0];
    await service.infer('add', [fp32('x', [3, 2], 1, 2, 3, 4, 5, 6), fp32('w', [3, 2], 1, 2, 3, 4, 5, 6)]);
    await expect(service.infer('add', [])).rejects.toThrow('expected 2 inputs');
    const after = service.statistics('add')[0];
    expect((after?.inferenceCount ?? 0) - (before?.inferenceCount ?? 0)).toBe(3);
    expect((after?.executionCount ?? 0) - (before?.executionCount ?? 0)).toBe(1);
    expect((after?.fail.count ?? 0) - (before?.fail.count ?? 0)).toBe(1);
    expect(after?.computeInfer.ns).toBeGreaterThan(before?.computeInfer.ns ?? 0);
    expect(Number.isInteger(after?.success.ns)).toBe(true);
    expect(after?.lastInference).toBeGreaterThan(1.6e12);
    expect(service.statistics('add', 1)).toEqual([after]);
    expect(service.statistics().map(({ name }) => name)).toContain('text');
    expect(() => service.statistics('none')).toThrow('There is no model "none"');
  });

  test('is in the list of models, with its run on zeros as the sample', () => {
    expect(service.models()).toContainEqual(
      expect.objectContaining({
        name: 'add',
        version: 1,
        task: 'tensors',
        ready: true,
        licence: 'NOASSERTION',
      }),
    );
    expect(service.samples).toContainEqual(
      expect.objectContaining({ model: 'add', sample: 'zeros', answer: 'y FP32 [1,2]' }),
    );
  });
});
