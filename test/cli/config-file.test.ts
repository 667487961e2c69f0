import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfigFile } from '../../src/config/config-file.ts';
import { formatQuantity, parseQuantity, unitOf } from '../../src/config/quantity.ts';
import { readSettings } from '../../src/config/read-settings.ts';
import { resolveSettings } from '../../src/config/settings.ts';
import { parseManifest } from '../../src/repository/manifest.ts';
import { startCli } from '../support/cli.ts';
import { startCommands } from '../support/commands.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const commands = startCommands();
afterAll(() => commands[Symbol.dispose]());

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder('sandpiper-config-');
});
afterAll(async () => folder[Symbol.asyncDispose]());

async function fileOf(content: unknown, name = 'sandpiper.json'): Promise<string> {
  const file = join(folder.path, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('sizes and times', () => {
  test.each([
    ['25MB', 'bytes', 25_000_000],
    ['64MiB', 'bytes', 67_108_864],
    ['1.5 GB', 'bytes', 1_500_000_000],
    ['500kb', 'bytes', 500_000],
    ['7', 'bytes', 7],
    ['10s', 'ms', 10_000],
    ['1.5s', 'ms', 1_500],
    ['500ms', 'ms', 500],
    ['2h', 'seconds', 7_200],
    ['10', 'none', 10],
    ['10s', 'bytes', undefined],
    ['25MB', 'ms', undefined],
    ['10 apples', 'none', undefined],
    ['-1s', 'ms', undefined],
  ] as const)('%s in %s is %s', (text, unit, value) => {
    expect(parseQuantity(text, unit)).toBe(value);
  });

  test('are told as they are taken', () => {
    for (const value of [25_000_000, 67_108_864, 1_024, 262_144_000, 2 ** 31])
      expect(parseQuantity(formatQuantity(value, 'bytes'), 'bytes')).toBe(value);
    expect(formatQuantity(90_000, 'ms')).toBe('90s');
    expect(unitOf('uploadBytesPerSecond')).toBe('bytes');
  });

  test('are taken by flags, variables, the library, a file and model.json', async () => {
    const limits = { uploadBytes: 5_000_000, graceMs: 3_000 };
    const environment = { SANDPIPER_GRACE_MS: '3s' };
    expect(readSettings({ '--upload-bytes': '5MB' }, environment)).toMatchObject({ limits });
    expect(resolveSettings({ limits: { uploadBytes: '5MB', graceMs: '3s' } })).toMatchObject({ limits });
    const file = readConfigFile(await fileOf({ limits: { uploadBytes: '5MB', graceMs: '3s' } }));
    expect(readSettings({}, {}, file)).toMatchObject({ limits });
    const manifest = { task: 'tensors', graph: { file: 'x.onnx' }, licence: 'MIT', source: 'here' };
    expect(parseManifest({ ...manifest, limits: { deadlineMs: '5s', tensorBytes: '1MiB' } })).toMatchObject({
      manifest: { limits: { deadlineMs: 5_000, tensorBytes: 1_048_576 } },
    });
    expect(parseManifest({ ...manifest, limits: { deadlineMs: 'soon' } })).toEqual({
      success: false,
      problem: 'limits.deadlineMs is "soon": expected a whole number of at least 1, or a time such as 10s',
    });
    expect(() => readSettings({ '--upload-bytes': '25 potatoes' }, {})).toThrow(
      /^Cannot use --upload-bytes: expected a whole number from 1 to 25000000000, or a size such as 25MB, not "25 potatoes"\.$/,
    );
  });
});

describe('a configuration file', () => {
  test('goes behind flags and environment, and its paths are meant from where it lies', async () => {
    const file = readConfigFile(
      await fileOf({ $schema: 'x', port: 1, host: '::1', models: 'mine', logLevel: 'warn' }),
    );
    expect(readSettings({ '--port': '3' }, { SANDPIPER_HOST: '127.0.0.2' }, file)).toMatchObject({
      port: 3,
      host: '127.0.0.2',
      logLevel: 'warn',
      models: join(folder.path, 'mine'),
    });
  });

  test.each([
    ['{', /sandpiper\.json: it is not JSON \(/],
    ['[]', /it holds no object; expected one such as/],
    [{ prot: 1 }, /sandpiper\.json: There is no setting "prot": "port" is meant, perhaps\.$/],
    [{ limits: { graceMs: 'x' } }, /sandpiper\.json: Cannot use limits\.graceMs: .* such as 10s, not "x"\.$/],
  ])('%j is refused with its name', async (content, message) => {
    const file = await fileOf(content);
    expect(() => readConfigFile(file)).toThrow(
      expect.objectContaining({ code: 'invalid-config', message: expect.stringMatching(message) }),
    );
  });

  test('is read from the working directory, and one that is named must be there', async () => {
    await fileOf({ models: 'no-such-folder' });
    const read = await commands.run(['--no-supervise', '--grace-ms', '1h', '--port', '0'], {
      cwd: folder.path,
    });
    expect(read.stderr).toContain(`Cannot read the models directory ${join(folder.path, 'no-such-folder')}`);
    const named = await commands.run(['--config', 'nowhere.json'], { cwd: folder.path });
    expect(named).toMatchObject({
      code: 1,
      stderr: 'sandpiper: Cannot use the configuration nowhere.json: it cannot be read (ENOENT).\n',
    });
  });
});

test('a reader that goes away, as `head` does, is no failure of a command', async () => {
  const cli = startCli(['--help']);
  cli.process.stdout?.destroy();
  expect(await cli.result).toMatchObject({ code: 0, stdout: '', stderr: '' });
});

test('--help lists every flag in groups with units, the most used first', async () => {
  const { stdout } = await commands.run(['--help']);
  const heads = [...stdout.matchAll(/^([A-Z][a-z ,]+):$/gm)].map(([, head]) => head);
  expect(heads.slice(0, 5)).toEqual([
    'Options',
    'Commands',
    'Without a command it serves',
    'Where and what',
    'Access',
  ]);
  const flat = stdout.replaceAll(/\s+/g, ' ');
  expect(flat).toContain('--upload-bytes <size> largest upload (SANDPIPER_UPLOAD_BYTES; default 25MB)');
  expect(flat).toContain('--grace-ms <time>');
  expect(flat).toContain('Sizes: 500kB, 25MB, 2GiB, or bytes.');
  expect(stdout.indexOf('--port')).toBeLessThan(stdout.indexOf('--json-ms'));
  const flagsUnder = (heading: string) => stdout.split(`\n${heading}:\n`)[1]?.split('\n\n')[0] ?? '';
  expect(flagsUnder('Where and what')).toContain('--strict');
  expect(flagsUnder('Processor, memory and disk')).toContain('--idle-ms');
  expect(flagsUnder('What clients send')).toMatch(/--max-body-bytes-in-flight[^]*--region-pixels/);
  expect(flagsUnder('Waiting and answering')).toMatch(/--max-queued-bytes[^]*--sse-keep-alive-ms/);
});
