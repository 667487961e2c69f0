/** Tensors in JSON where no protocol says how: in a manifest's sample, and by the door of Hugging Face. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSandpiper } from '../../src/index.ts';
import {
  startScripted,
  writeScriptedModel,
  type ScriptedModel,
  type ScriptedServer,
} from '../support/scripted-predictor.ts';
import { guestCache } from '../support/guest-cache.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const TYPES = { half: 'float16', brain: 'bfloat16', single: 'float32', long: 'int64', words: 'text' };

const ports = (extra: string): string =>
  Object.entries(TYPES)
    .map(
      ([name, elementType]) =>
        `{ name: '${name}', description: '', kind: { tag: 'tensor', val: { elementType: '${elementType}', shape: [undefined] } }, ${extra} }`,
    )
    .join(', ');

/** Gives each tensor back. */
const ECHO: ScriptedModel = {
  describe: `return {
    inputs: [${ports("occurrence: 'optional'")},
      { name: 'rows', description: '', kind: { tag: 'tensor', val: { elementType: 'float16', shape: [2] } }, occurrence: 'repeated' }],
    parameters: [{ name: 'count', description: '', kind: { tag: 'integer', val: { minimum: 1 } } }],
    outputs: [${ports('optional: true')}],
  };`,
  predict: `return request.inputs.filter(({ name }) => name !== 'rows').map(({ name, value }) => ({ name, value }));`,
  sample: {
    inputs: {
      half: { datatype: 'FP16', shape: [2], data: [1.5, -0.25] },
      brain: [1, 2, 3],
      rows: [[1, 2]],
    },
    expect: { half: { datatype: 'FP16', shape: [2], data: [1.5, -0.25] }, brain: { data: [1, 2, 3] } },
  },
};

const SINGLE = `{ tag: 'tensor', val: { elementType: 'float32', shape: [1] } }`;

/** Ten times a number, which is infinity for the greatest. */
const REGRESSION: ScriptedModel = {
  task: 'tabular-regression',
  describe: `return {
    inputs: [{ name: 'number', description: '', kind: ${SINGLE}, occurrence: 'required' }],
    parameters: [],
    outputs: [{ name: 'tenfold', description: '', kind: ${SINGLE}, optional: false }],
  };`,
  predict: `const [{ value: { val: number } }] = request.inputs;
    const [given] = new Float32Array(number.data.slice().buffer);
    const data = new Uint8Array(new Float32Array([given * 10]).buffer);
    return [{ name: 'tenfold', value: { tag: 'tensor', val: { ...number, data } } }];`,
  sample: { inputs: { number: [1] }, expect: { tenfold: { data: [10] } } },
};

const LONG = SINGLE.replace('float32', 'int64');

/** Gives a number back. */
const CLASS: ScriptedModel = {
  task: 'tabular-classification',
  describe: `return {
    inputs: [{ name: 'number', description: '', kind: ${LONG}, occurrence: 'required' }],
    parameters: [],
    outputs: [{ name: 'same', description: '', kind: ${LONG}, optional: false }],
  };`,
  predict: `return [{ name: 'same', value: request.inputs[0].value }];`,
  sample: { inputs: { number: [1] }, expect: { same: { data: [1] } } },
};

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScripted({ echo: ECHO, regression: REGRESSION, class: CLASS });
});
afterAll(async () => server[Symbol.asyncDispose]());

async function ask(
  inputs: Record<string, unknown>,
  edit = (json: string) => json,
): Promise<{ status: number; body: string }> {
  const response = await fetch(`${server.url}/models/echo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: edit(JSON.stringify({ inputs: { rows: [[1, 2]], ...inputs } })),
  });
  return { status: response.status, body: await response.text() };
}

test('FP16 and BF16 are numbers, rounded to the nearest that there is', async () => {
  const half = { shape: [4], data: [0.1, -65504, 1e-8, 2049] };
  const brain = { shape: [4], data: [0.1, 257, 259, -3e38] };
  const { body } = await ask({ half, brain });
  expect(JSON.parse(body)).toEqual({
    outputs: {
      half: { datatype: 'FP16', shape: [4], data: [0.0999755859375, -65504, 0, 2048] },
      brain: { datatype: 'BF16', shape: [4], data: [0.10009765625, 256, 260, expect.closeTo(-3e38, -36)] },
    },
  });
});

test('elements alone are a tensor of the shape that they are nested in', async () => {
  const { body } = await ask({ single: [1, 2], words: ['a', 'b'] });
  expect(JSON.parse(body)).toEqual({
    outputs: {
      single: { datatype: 'FP32', shape: [2], data: [1, 2] },
      words: { datatype: 'BYTES', shape: [2], data: ['a', 'b'] },
    },
  });
});

test('INT64 keeps all of its digits', async () => {
  const { body } = await ask({ long: ['LONG'] }, (json) => json.replace('"LONG"', '-9007199254740993'));
  expect(body).toContain('"long":{"datatype":"INT64","shape":[1],"data":[-9007199254740993]}');
  const { status, body: refused } = await ask({}, (json) =>
    json.replace(/}$/, ',"parameters":{"count":99999999999999999999}}'),
  );
  expect([status, refused]).toEqual([400, expect.stringContaining('Parameter \\"count\\" is 1')]);
});

test('INT64 keeps them in the answer of a task, too', async () => {
  const body = '{"inputs":[-9007199254740993]}';
  const response = await fetch(`${server.url}/models/class`, { method: 'POST', body });
  expect(await response.text()).toBe('[-9007199254740993]');
});

test('a form has them as JSON in their fields', async () => {
  const form = new FormData();
  form.set('half', '[0.5, 2]');
  form.set('long', '{"shape": [1], "data": [9007199254740993]}');
  form.set('rows', '[1, 2]');
  const send = async () => fetch(`${server.url}/models/echo`, { method: 'POST', body: form });
  const text = await (await send()).text();
  expect(text).toContain('"half":{"datatype":"FP16","shape":[2],"data":[0.5,2]}');
  expect(text).toContain('"data":[9007199254740993]');
  form.set('half', '0.5, 2');
  expect(await (await send()).json()).toEqual({
    error: 'Field "half": expected a tensor in JSON, as [1, 2].',
  });
});

describe('refused in words is', () => {
  test.for<[string, Record<string, unknown>, string]>([
    ['what FP16 has no number for', { half: [65_520] }, 'expected a number within its range for FP16'],
    ['what BF16 has no number for', { brain: [3.4e38] }, 'expected a number within its range for BF16'],
    ['another datatype', { single: { datatype: 'FP64', shape: [1], data: [1] } }, 'expected "FP32"'],
    ['nothing in a list', { rows: [[1, 2], null] }, 'expected a number within its range for FP16, got null'],
    ['an object without a shape', { single: {} }, 'Input "single": expected a tensor'],
    ['a text', { single: 'x' }, 'FP32'],
  ])('%s', async ([, inputs, words]) => {
    const { status, body } = await ask(inputs);
    expect([status, JSON.parse(body)]).toEqual([400, { error: expect.stringContaining(words) as string }]);
  });
});

test('elements that a sample does not give are told beside those that are expected', async () => {
  await using folder = await temporaryFolder('sandpiper-tensors-');
  const sample = { ...ECHO.sample, expect: { half: { data: [1.5, 7] } } };
  await writeScriptedModel(folder.path, 'echo', { ...ECHO, sample });
  await expect(
    openSandpiper({ models: folder.path, cacheDir: guestCache, logLevel: 'silent' }),
  ).rejects.toThrow('gave half FP16 [2] [1.5,-0.25], and model.json expects {"data":[1.5,7]}');
});

test('lists of several lengths are no tensor, even where their elements are as many', async () => {
  for (const rows of [
    [[1, 2], [3], [4, 5, 6]],
    [[1, 2], 3, 4],
  ].map((lists) => ({ rows: [lists] }))) {
    const { status, body } = await ask(rows);
    expect([status, body]).toEqual([400, expect.stringContaining('not all of one length')]);
  }
});

test('elements of BYTES may be in base64, as the protocol has it', async () => {
  const { body } = await ask({
    words: { shape: [1], data: ['aGk='], parameters: { content_type: 'base64' } },
  });
  expect(JSON.parse(body)).toEqual({ outputs: { words: { datatype: 'BYTES', shape: [1], data: ['hi'] } } });
});

test('elements that JSON has no words for come in base64, and may be sent back so', async () => {
  const single = { shape: [2], base64: 'AADAfwAAgD8=' };
  const words = { shape: [2], base64: ['aGk=', '/w=='] };
  const { body } = await ask({ single, words });
  const outputs = { single: { datatype: 'FP32', ...single }, words: { datatype: 'BYTES', ...words } };
  expect(JSON.parse(body)).toEqual({ outputs });
  expect(await ask(outputs)).toEqual({ status: 200, body });
  for (const [base64, reason = ''] of [
    ['AADAfw==', 'shape'],
    ['?', 'in base64'],
  ]) {
    const { status, body: refused } = await ask({ single: { shape: [2], base64 } });
    expect([status, refused]).toEqual([400, expect.stringContaining(reason)]);
  }
});

test('the answer of a task that JSON has no words for is refused with what to ask in its place', async () => {
  const send = async (body: unknown) =>
    fetch(`${server.url}/models/regression`, { method: 'POST', body: JSON.stringify(body) });
  const refused = await send({ inputs: [3e38] });
  expect([refused.status, await refused.json()]).toEqual([
    400,
    { error: expect.stringContaining('ask with "outputs": ["tenfold"], and it comes in base64') as string },
  ]);
  const named = await send({ inputs: [3e38], outputs: ['tenfold'] });
  expect(await named.json()).toEqual({
    outputs: { tenfold: { datatype: 'FP32', shape: [1], base64: 'AACAfw==' } },
  });
});

test('a program gives the elements of a tensor as bytes, and is told so where it does not', async () => {
  const data = new Uint8Array(new Float32Array([2]).buffer);
  const number = { datatype: 'FP32' as const, shape: [1], data };
  const { outputs } = await server.service.predict('regression', { number });
  expect(outputs).toMatchObject({ tenfold: { datatype: 'FP32', shape: [1] } });
  const numbers = { datatype: 'FP32', shape: [1], data: [2] };
  await expect(server.service.predict('regression', { number: numbers })).rejects.toThrow(
    'Input "number": expected a tensor: its datatype, its shape, and its data as bytes',
  );
  const short = { ...number, data: data.slice(1) };
  await expect(server.service.predict('regression', { number: short })).rejects.toThrow(
    'Input "number": its shape has 1 elements of FP32, and its data has not: expected 4 bytes, got 3.',
  );
});
