/** A directory with one broken model: the others serve, and the broken one is told wherever one looks. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServing } from '../support/cli.ts';
import { startCommands } from '../support/commands.ts';
import { graphRepository, type GraphRepository } from '../support/graph-models.ts';
import { identityModel, unknownOperatorModel } from '../support/onnx-models.ts';

const commands = startCommands();
afterAll(() => commands[Symbol.dispose]());

const alone = ['--no-supervise', '--grace-ms', '1h', '--port', '0'];

let models: GraphRepository;
const good = identityModel('FLOAT', [1]);
beforeAll(async () => {
  models = await graphRepository({ good, refused: unknownOperatorModel() });
  await mkdir(join(models.path, 'unreadable', '1'), { recursive: true });
  await writeFile(join(models.path, 'unreadable', '1', 'model.json'), '{');
});
afterAll(async () => models[Symbol.asyncDispose]());

const post = async (url: string): Promise<unknown> => (await fetch(url, { method: 'POST' })).json();

test('What works is served; start, log, index and readiness tell of the rest until it is mended', async () => {
  using cli = await startServing(['--models', models.path, '--log-format', 'json']);
  const ready = JSON.parse(await cli.line(/"event":"ready"/)) as { notServed: unknown };
  expect(ready.notServed).toEqual([
    {
      model: 'unreadable',
      version: 1,
      reason: expect.stringMatching(/unreadable\/1: model\.json is not JSON/),
    },
    {
      model: 'refused',
      version: 1,
      reason: expect.stringMatching(/Cannot load the graph of model refused@1/),
    },
  ]);
  expect((await fetch(`${cli.url}/v2/models/good/ready`)).status).toBe(200);
  const readiness = async (): Promise<unknown> => (await fetch(`${cli.url}/v2/health/ready`)).json();
  expect(await readiness()).toEqual({ ready: true, live: true, complete: false });
  expect(await post(`${cli.url}/v2/repository/index`)).toEqual([
    { name: 'good', version: '1', state: 'READY', reason: '' },
    {
      name: 'refused',
      version: '1',
      state: 'UNAVAILABLE',
      reason: expect.stringMatching(/NoSuchOperator/),
    },
    { name: 'unreadable', version: '1', state: 'UNAVAILABLE', reason: expect.stringMatching(/not JSON/) },
  ]);

  for (const name of ['refused', 'unreadable']) {
    await models.put(name, 1, good, {});
    expect(await post(`${cli.url}/v2/repository/models/${name}/load`)).toEqual({ name, load: true });
  }
  expect(await readiness()).toEqual({ ready: true, live: true, complete: true });
  cli.process.kill('SIGTERM');
  const { stderr } = await cli.result;
  const told = stderr.split('\n').filter((line) => line.includes('model not served'));
  expect(told).toHaveLength(2);

  await models.put('refused', 1, unknownOperatorModel(), {});
});

test('--strict serves nothing unless all can be served', async () => {
  const { code, stdout, stderr } = await commands.run([...alone, '--strict', '--models', models.path]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/Cannot load the graph of model refused/);
});

test('A directory in which nothing can be served does not serve', async () => {
  await models.remove('good', 1);
  await models.remove('unreadable', 1);
  const { code, stderr } = await commands.run([...alone, '--models', models.path]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/Cannot load the graph of model refused/);
});
