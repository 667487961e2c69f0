/** A task that the host has never heard of, two pictures and a text to JSON and a tensor, dropped in as a folder. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkText } from '../../src/cli/check-text.ts';
import { check } from '../../src/index.ts';
import { guestCache } from '../support/guest-cache.ts';
import { buildPredictor } from '../support/predictor-guest.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const picture = async (background: string): Promise<Buffer<ArrayBuffer>> =>
  sharp({ create: { width: 30, height: 20, channels: 3, background } })
    .png()
    .toBuffer();

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: TestServer;
let [red, dark]: Buffer<ArrayBuffer>[] = [];

const COMPARISON = { caption: 'a wall', same: false, difference: 128 };
const COLOURS = [255, 0, 0, 127, 0, 0];

beforeAll(async () => {
  folder = await temporaryFolder('sandpiper-doors-');
  [red, dark] = await Promise.all([picture('#ff0000'), picture('#7f0000')]);
  const place = join(folder.path, 'compare', '1');
  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'component.wasm'), await buildPredictor('two-pictures'));
  await writeFile(join(place, 'red.png'), red ?? '');
  await writeFile(join(place, 'dark.png'), dark ?? '');
  const manifest = {
    task: 'prediction',
    component: { file: 'component.wasm' },
    graphs: {},
    grants: { logging: true },
    sample: {
      inputs: { second: { file: 'dark.png' }, first: { file: 'red.png' }, caption: 'a wall' },
      expect: { comparison: { same: false, difference: 128 }, colours: { shape: [2, 3] } },
    },
    licence: 'Apache-2.0',
    source: 'made by a test',
  };
  await writeFile(join(place, 'model.json'), JSON.stringify(manifest));
  server = await startServer({ models: folder.path, cacheDir: guestCache });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const post = async (
  path: string,
  body: string | Buffer<ArrayBuffer> | FormData,
  headers: Record<string, string> = {},
) => fetch(`${server.url}${path}`, { method: 'POST', body, headers });
const json = { 'Content-Type': 'application/json' };
const base64 = (bytes: Buffer | undefined) => (bytes ?? Buffer.alloc(0)).toString('base64');

test('the library', async () => {
  const { outputs } = await server.service.predict<{ comparison: unknown; colours: { data: Uint8Array } }>(
    'compare',
    {
      first: red ?? '',
      second: new Blob([dark ?? '']),
      caption: 'a wall',
    },
  );
  expect(outputs.comparison).toEqual(COMPARISON);
  expect([...new Float32Array(outputs.colours.data.slice().buffer)]).toEqual(COLOURS);
});

describe('POST /models/{name}', () => {
  test('in JSON, files in base64', async () => {
    const inputs = { first: base64(red), second: base64(dark), caption: 'a wall' };
    const response = await post(
      '/models/compare',
      JSON.stringify({ inputs, parameters: { tolerance: 200 } }),
      json,
    );
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        outputs: {
          comparison: { ...COMPARISON, same: true },
          colours: { datatype: 'FP32', shape: [2, 3], data: COLOURS },
        },
      },
    ]);
  });

  test('in a form, each input in its field', async () => {
    const form = new FormData();
    form.set('first', new Blob([red ?? '']), 'first.png');
    form.set('second', new Blob([dark ?? '']), 'second.png');
    form.set('caption', 'a wall');
    form.set('tolerance', '0.5');
    const response = await post('/models/compare', form);
    expect(await response.json()).toMatchObject({ outputs: { comparison: COMPARISON } });
  });

  test('with the outputs that are wanted, and as events', async () => {
    const inputs = { first: base64(red), second: base64(red), caption: '' };
    const body = JSON.stringify({ inputs, outputs: ['comparison'] });
    const streamed = body.replace(/}$/, ',"stream":true}');
    for (const response of [
      await post('/models/compare', body, { ...json, Accept: 'text/event-stream' }),
      await post('/models/compare', streamed, json),
    ]) {
      expect([response.headers.get('content-type'), await response.text()]).toEqual([
        'text/event-stream; charset=utf-8',
        'data: {"outputs":{"comparison":{"caption":"","same":true,"difference":0}}}\n\ndata: [DONE]\n\n',
      ]);
    }
  });

  test.each([
    ['an input that is missing', { first: '' }, {}, 'Input "second" is missing'],
    ['an input that there is not', { third: 'x' }, {}, 'no input "third"'],
    [
      'a parameter out of its range',
      {},
      { tolerance: 1_000 },
      'Parameter "tolerance" is 1000: expected a number from 0 to 255',
    ],
    [
      'a parameter that there is not',
      {},
      { size: 1 },
      'no parameter "size" for this model: it takes tolerance beside its inputs, first, second, caption',
    ],
    ['a list in the place of a file', { first: ['x'] }, {}, 'expected the file in base64, got a list'],
    ['a link in the place of a file', { first: 'https://a.example/b.png' }, {}, 'nothing is fetched'],
    [
      'the path of a file in the place of a file',
      { first: '/etc/hostname' },
      {},
      'expected the file in base64',
    ],
  ])('refuses %s in words', async (_, changed, parameters, words) => {
    const all = { first: base64(red), second: base64(dark), caption: 'a', ...changed };
    const inputs = Object.fromEntries(
      Object.entries(all).filter(
        ([name]) => name !== 'second' || !('first' in changed && changed.first === ''),
      ),
    );
    if ('first' in changed && changed.first === '') inputs['first'] = base64(red);
    const response = await post('/models/compare', JSON.stringify({ inputs, parameters }), json);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(((await response.json()) as { error: string }).error).toContain(words);
  });
});

test('a field by a wrong name is refused with those that there are, in JSON and in a form', async () => {
  const form = new FormData();
  form.append('inputs', 'a wall');
  const asked = [post('/models/compare', '{"input":{}}', json), post('/models/compare', form)];
  const errors = await Promise.all(asked.map(async (response) => (await response).json()));
  expect(errors).toEqual([
    { error: expect.stringMatching(/no field "input" in this request: there are inputs, .*, tolerance\.$/) },
    { error: expect.stringContaining('no parameter "inputs"') },
  ]);
});

describe('of several files, says which one it refuses', () => {
  test.for<[string, [field: string, bytes: Buffer | string][], number, string]>([
    [
      'what is no picture',
      [
        ['first', 'red'],
        ['second', Buffer.from('no picture')],
      ],
      415,
      'Input "second": The file is not a picture',
    ],
    [
      'a broken picture',
      [
        ['first', Buffer.from('89504e470d0a1a0a', 'hex')],
        ['second', 'red'],
      ],
      422,
      'Input "first": ',
    ],
    [
      'one too many',
      [
        ['first', 'red'],
        ['first', 'red'],
        ['second', 'red'],
      ],
      400,
      'field "first" takes one file',
    ],
    ['one too few', [['first', 'red']], 400, 'Input "second" is missing: expected the file of a picture.'],
  ])('%s', async ([, files, status, words]) => {
    const form = new FormData();
    for (const [field, bytes] of files)
      form.append(field, new Blob([Buffer.from(bytes === 'red' ? (red ?? bytes) : bytes)]), 'a');
    form.append('caption', 'a wall');
    const response = await post('/models/compare', form);
    const { error } = (await response.json()) as { error: string };
    expect([response.status, error]).toEqual([status, expect.stringContaining(words)]);
  });
});

describe('the Open Inference Protocol', () => {
  const bytes = (name: string, data: string, content_type?: string) => ({
    name,
    datatype: 'BYTES',
    shape: [1],
    data: [data],
    ...(content_type !== undefined && { parameters: { content_type } }),
  });

  test('tells inputs and outputs by their names', async () => {
    const metadata = await (await fetch(`${server.url}/v2/models/compare`)).json();
    expect(metadata).toMatchObject({
      platform: 'sandpiper_component',
      inputs: [
        { name: 'first', datatype: 'BYTES', shape: [1] },
        { name: 'second', datatype: 'BYTES', shape: [1] },
        { name: 'caption', datatype: 'BYTES', shape: [1] },
      ],
      outputs: [
        { name: 'comparison', datatype: 'BYTES', shape: [1] },
        { name: 'colours', datatype: 'FP32', shape: [2, 3] },
      ],
    });
  });

  test('infers in JSON', async () => {
    const inputs = [
      bytes('first', base64(red), 'base64'),
      bytes('second', base64(dark), 'base64'),
      bytes('caption', 'a wall'),
    ];
    const response = await post(
      '/v2/models/compare/infer',
      JSON.stringify({ inputs, parameters: { tolerance: 1 } }),
      json,
    );
    expect(await response.json()).toEqual({
      model_name: 'compare',
      model_version: '1',
      outputs: [
        { name: 'comparison', datatype: 'BYTES', shape: [1], data: [JSON.stringify(COMPARISON)] },
        { name: 'colours', datatype: 'FP32', shape: [2, 3], data: COLOURS },
      ],
    });
  });

  test('infers in binary', async () => {
    const elements = [red, dark, Buffer.from('a wall')].map((element = Buffer.alloc(0)) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(element.byteLength);
      return Buffer.concat([length, element]);
    });
    const inputs = ['first', 'second', 'caption'].map((name, at) => ({
      name,
      datatype: 'BYTES',
      shape: [1],
      parameters: { binary_data_size: elements[at]?.byteLength },
    }));
    const head = Buffer.from(
      JSON.stringify({ inputs, outputs: [{ name: 'colours', parameters: { binary_data: true } }] }),
    );
    const response = await post('/v2/models/compare/infer', Buffer.from(Buffer.concat([head, ...elements])), {
      'Inference-Header-Content-Length': String(head.byteLength),
    });
    const answer = Buffer.from(await response.arrayBuffer());
    const length = Number(response.headers.get('inference-header-content-length'));
    expect([...new Float32Array(new Uint8Array(answer.subarray(length)).buffer)]).toEqual(COLOURS);
  });
});

test('the page gives each input what it has in the sample, whatever the order there: files, and others their words', async () => {
  const { models } = (await (await fetch(`${server.url}/page/models`)).json()) as {
    models: { sample: { file: string; files: Record<string, string[]>; values: unknown } }[];
  };
  expect(models[0]?.sample).toMatchObject({
    file: 'red.png',
    files: { first: ['red.png'], second: ['dark.png'] },
    values: { caption: 'a wall' },
  });
  const asked = [
    ['', 'red.png', red],
    ['?file=red.png', 'red.png', red],
    ['?file=dark.png', 'dark.png', dark],
  ] as const;
  for (const [query, name, bytes] of asked) {
    const sample = await fetch(`${server.url}/page/models/compare/sample${query}`);
    expect(sample.headers.get('content-disposition')).toContain(`filename=${name}`);
    expect(Buffer.from(await sample.arrayBuffer())).toEqual(bytes);
  }
  for (const query of ['?file=model.json', '?file=', '?file=../1/red.png', '?file=red.png&file=dark.png'])
    expect((await fetch(`${server.url}/page/models/compare/sample${query}`)).status).toBe(404);
});

test('/docs shows its own path, with its parameters', async () => {
  const page = await (await fetch(`${server.url}/docs`)).text();
  expect(page).toContain('<a href="#run_compare">');
  const [, section = ''] = page.split('<section id="run_compare">');
  expect(section).toContain('/models/compare</span>');
  expect(section.split('</section>')[0]).toContain('<code>tolerance</code>');
});

test('/openapi.json has its own path, with its inputs, its parameters and the schema of its JSON', async () => {
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    paths: Record<
      string,
      { post: { requestBody: { content: Record<string, { schema: unknown }> }; responses: unknown } }
    >;
  };
  const operation = document.paths['/models/compare']?.post;
  expect(operation?.requestBody.content['application/json']?.schema).toMatchObject({
    properties: {
      inputs: {
        properties: { first: { contentEncoding: 'base64' }, caption: { type: 'string' } },
        required: ['first', 'second', 'caption'],
      },
      parameters: { properties: { tolerance: { type: 'number', minimum: 0, maximum: 255, default: 4 } } },
    },
  });
  expect(JSON.stringify(operation?.responses)).toContain('"required":["caption","same","difference"]');
});

test('sandpiper check', async () => {
  const report = await check(join(folder.path, 'compare', '1'), { cacheDir: guestCache });
  expect(report).toMatchObject({
    passed: true,
    problems: [],
    component: { tasks: ['prediction'] },
    model: {
      task: 'prediction',
      sample: { file: 'second, first, caption' },
      describes: { inputs: [{ name: 'first', kind: 'picture' }, { name: 'second' }, { name: 'caption' }] },
    },
  });
  const lines = checkText(report, false).split('\n');
  expect(lines).toContainEqual(expect.stringMatching(/^input\tfirst\tpicture, .*, rgb8\trequired\t/));
  expect(lines).toContainEqual(expect.stringMatching(/^input\tcaption\ttext\trequired\t/));
  expect(lines).toContainEqual(
    expect.stringMatching(/^parameter\ttolerance\tnumber from 0 to 255\tdefault /),
  );
  expect(lines).toContainEqual(expect.stringMatching(/^output\tcomparison\tjson with a schema\talways\t/));
  expect(lines).toContainEqual(expect.stringMatching(/^output\tcolours\ttensor, FP32 2 x 3\t/));
});
