/** A repository that was made for Triton, with labels and formats in config.pbtxt. */
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readModelFolder } from '../../../src/repository/model-folder.ts';
import { graphRepository, type GraphRepository } from '../../support/graph-models.ts';
import { infer, jsonBody } from '../../support/infer-client.ts';
import { addModel, coloursModel, identityModel } from '../../support/onnx-models.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let repository: GraphRepository;
let server: TestServer;

const put = async (path: string, text: string): Promise<void> => writeFile(join(repository.path, path), text);

const config = (output: string): string => `
  platform: "onnxruntime_onnx"
  input [ { name: "x" data_type: TYPE_FP32 dims: [ 3, 4, 4 ] } ]
  output [ { name: "y" data_type: TYPE_FP32 dims: [ 3 ] ${output} } ]`;

beforeAll(async () => {
  repository = await graphRepository({
    colours: coloursModel(4, 4),
    fixed: identityModel('FLOAT', [6, 8, 3]),
    told: identityModel('FLOAT', [5, 6, 7]),
    either: identityModel('FLOAT', [3, 8, 3]),
    vectors: addModel('FLOAT', [null, 3]),
    text: identityModel('STRING', [3, 4, 4]),
  });
  await put('colours/config.pbtxt', config('label_filename: "colours.txt"'));
  await put('colours/colours.txt', 'red\ngreen\nblue\n');
  await put('told/config.pbtxt', 'input { name: "x" format: FORMAT_NHWC }');
  server = await startServer({ models: repository.path });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
});

interface Config {
  max_batch_size: number;
  input: { format: string; dims: number[] }[];
  output: { label_filename: string }[];
}

async function configOf(model: string): Promise<Config> {
  return (await (await fetch(`${server.url}/v2/models/${model}/config`)).json()) as Config;
}

test.each([
  ['colours', 'FORMAT_NCHW', 'colours.txt'],
  ['fixed', 'FORMAT_NHWC', ''],
  ['told', 'FORMAT_NHWC', ''],
  ['either', 'FORMAT_NONE', ''],
  ['vectors', 'FORMAT_NONE', ''],
  ['text', 'FORMAT_NONE', ''],
])('the configuration of %s says its format and its labels', async (model, format, labels) => {
  const { input, output } = await configOf(model);
  expect([input[0]?.format, output[0]?.label_filename]).toEqual([format, labels]);
});

test('classes come with the labels that config.pbtxt names', async () => {
  const pixels = new Float32Array(2 * 48);
  pixels.fill(0.5, 16, 32);
  pixels.fill(0.25, 48, 64);
  const { json } = await infer(
    server.url,
    'colours',
    jsonBody({
      inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 3, 4, 4], data: [...pixels] }],
      outputs: [{ name: 'y', parameters: { classification: 1 } }],
    }),
  );
  expect(json.outputs?.[0]?.data).toEqual(['0.500000:1:green', '0.250000:0:red']);
});

test.each([
  [
    'names labels that are not there',
    config('label_filename: "gone.txt"'),
    /gone\.txt cannot be read \(ENOENT\)/,
  ],
  [
    'names labels outside the folder',
    config('label_filename: "../out.txt"'),
    /out\.txt is outside the model folder/,
  ],
  [
    'names labels by a link that leads out',
    config('label_filename: "link"'),
    /link is outside the model folder/,
  ],
  [
    'is no text of protobuf',
    '{"name": "colours"}',
    /config\.pbtxt is not in protobuf's text format \(line 1/,
  ],
])('a configuration that %s is refused in words', async (_, text, message) => {
  await using own = await graphRepository({ colours: coloursModel(4, 4) });
  await writeFile(join(own.path, 'colours/config.pbtxt'), text);
  await writeFile(join(own.path, 'out.txt'), 'secret');
  await symlink('../out.txt', join(own.path, 'colours/link'));
  const place = { folder: join(own.path, 'colours/1'), name: 'colours', version: 1, directory: own.path };
  await expect(readModelFolder(place)).rejects.toMatchObject({
    code: 'invalid-model',
    message: expect.stringMatching(message) as string,
  });
});
