import { type AddressInfo, createServer } from 'node:net';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { startCommands } from '../support/commands.ts';
import { copyModels, imageModel } from '../support/models.ts';
import { findOldNode } from '../support/old-node.ts';
import { runCli, type CliResult } from '../support/cli.ts';

/** One sentence on standard error, nothing on standard output, exit code 1. */
function expectSentence(result: CliResult, ...parts: string[]): void {
  expect(result).toMatchObject({ code: 1, stdout: '' });
  // Earlier lines of the log, such as the sizes of the service, are no faults.
  const words = result.stderr.replaceAll(/^\{"level":"info".*\n/gm, '');
  expect(words).toMatch(/^sandpiper: .+\n$/);
  for (const part of parts) expect(words).toContain(part);
}

const commands = startCommands();
afterAll(() => commands[Symbol.dispose]());

/**
 * A service on its own: what it says comes through its supervisor as it is, which is another test's. Its grace is longer
 * than all that comes after it in its process, which it would end.
 */
const serve = async (...args: string[]) => commands.run(['--no-supervise', '--grace-ms', '1h', ...args]);

describe('an address that cannot be had', () => {
  test('a taken port names the port and the flag', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const port = String((other.address() as AddressInfo).port);
    try {
      // By itself, as every command is for its users; the others share a process.
      expectSentence(await runCli(['--no-supervise', '--port', port]), `Port ${port}`, '--port');
    } finally {
      other.close();
    }
  });

  test.each(['192.0.2.1', 'no-such-host.invalid'])(
    'a host that is not here names the host and the flag: %s',
    async (host) => {
      expectSentence(await serve('--host', host, '--port', '0', '--open'), host, '--host');
    },
  );
});

describe('a port that other machines reach, without keys', () => {
  test.each(['0.0.0.0', '::', '192.0.2.1', 'example.com'])('names both remedies: %s', async (host) => {
    expectSentence(await serve('--host', host, '--port', '0'), host, '--keys', '--open');
  });
});

describe('a setting that cannot be used', () => {
  test.each([
    [['--keys', 'no-such-file.json'], 'no-such-file.json', 'keys'],
    [['--keys', ''], '--keys', 'JSON'],
    [['--cors-origins', 'example.com'], '--cors-origins', 'https://'],
    [['--port', '99999'], '--port', '65535'],
    [['--port', 'http'], '--port', '"http"'],
    [['--log-level', 'loud'], '--log-level', 'debug'],
    [['--concurrent-runs', '0'], '--concurrent-runs', '1'],
    [['--upload-bytes', '-1'], '--upload-bytes', '1'],
    [['--prot', '80'], '--prot', '--port'],
    [['--port'], '--port', 'missing'],
    [['everything'], 'no command "everything": there are serve, add', 'npm start -- --port'],
    [['chek', 'models'], 'no command "chek"', '"check" is meant'],
  ])('%j', async (args, ...parts) => {
    expectSentence(await serve(...args), ...parts);
  });

  test('in the environment is named by its variable', async () => {
    expectSentence(
      await commands.run([], { env: { SANDPIPER_PORT: 'tcp://10.0.0.1:80' } }),
      'SANDPIPER_PORT',
      'tcp://',
    );
  });

  test('in the environment is not shown where it may be a key', async () => {
    const env = { SANDPIPER_KEYS: '[{"name":"me","key":"too short"}]' };
    const result = await commands.run(['--no-supervise'], { env });
    expectSentence(result, 'entry 1', 'key', '16 to 256');
    expect(result.stderr).not.toContain('too short');
  });
});

describe('models that cannot be served', () => {
  test('a missing directory names it and the flag', async () => {
    expectSentence(await serve('--port', '0', '--models', 'no/such/models'), 'no/such/models', '--models');
  });

  test('a directory without a model says what is expected in it', async () => {
    await using models = await copyModels([]);
    expectSentence(
      await serve('--port', '0', '--models', models.path),
      models.path,
      'model.json',
      '--models',
    );
  });

  test('a damaged graph names the file', async () => {
    await using models = await copyModels([imageModel]);
    const [graph] = await graphsOf(models.path);
    await writeFile(join(models.path, imageModel, '1', graph), 'damaged');
    expectSentence(await serve('--port', '0', '--models', models.path), imageModel, graph);
  });

  test('a missing graph names the file', async () => {
    await using models = await copyModels([imageModel]);
    const [graph] = await graphsOf(models.path);
    await rm(join(models.path, imageModel, '1', graph));
    expectSentence(await serve('--port', '0', '--models', models.path), imageModel, graph);
  });

  test('a manifest that is no JSON names the model', async () => {
    await using models = await copyModels([imageModel]);
    await writeFile(join(models.path, imageModel, '1', 'model.json'), '{');
    expectSentence(await serve('--port', '0', '--models', models.path), imageModel, 'model.json');
  });
});

describe('a Node that is too old', () => {
  const remedy =
    /^sandpiper: Node \d+ or later is needed and this is Node [\d.]+: start it by `npm start`.+\n$/;

  test('is told so before it meets any TypeScript', async () => {
    // The version is all that the check looks at: a Node that claims to be old stands for one that is.
    const pretend =
      'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.1.0"}})';
    const result = await runCli(['--help'], { nodeOptions: ['--import', pretend] });
    expect(result).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(remedy) });
  });

  const old = findOldNode();
  test.skipIf(old === undefined)('is told so where there really is one', async () => {
    const result = await runCli(['--help'], { node: old ?? '' });
    expect(result).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(remedy) });
  });
});

async function graphsOf(models: string): Promise<[string, ...string[]]> {
  const { default: manifest } = (await import(join(models, imageModel, '1', 'model.json'), {
    with: { type: 'json' },
  })) as { default: { graphs: Record<string, { file: string }> } };
  const [first = '', ...rest] = Object.values(manifest.graphs).map(({ file }) => file);
  return [first, ...rest];
}
