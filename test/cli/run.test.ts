import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { preview1AdapterCommandPath } from '@bytecodealliance/jco';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toComponent } from '../../src/toolkit/to-component.ts';
import { runCli, startCli, type CliResult } from '../support/cli.ts';
import { startCommands } from '../support/commands.ts';
import { guestCache } from '../support/guest-cache.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import { runHere, type RunHere } from '../support/run-here.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** `sandpiper run`, from outside: the programs of test/guests/command and test/guests/classify. */

const guests = join(import.meta.dirname, '../guests');
const commands = {
  'a core module': join(guests, 'command/core.wasm'),
  'a component': join(guests, 'command/component.wasm'),
};

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder('sandpiper-run-');
  await mkdir(join(folder.path, 'fixture/inner'), { recursive: true });
  await writeFile(join(folder.path, 'fixture/hello'), 'hello, world');
  await writeFile(join(folder.path, 'secret'), 'secret');
  await writeFile(join(folder.path, 'model.onnx'), FIRST_THOUSAND);
  await writeFile(join(folder.path, 'fixture/model.onnx'), FIRST_THOUSAND);
  await cp(commands['a core module'], join(folder.path, 'core.wasm'));
  await cp(join(guests, 'classify/core.wasm'), join(folder.path, 'classify.wasm'));
  await mkdir(join(folder.path, 'links'));
  await symlink('../secret', join(folder.path, 'links/out'));
  await writeFile(join(folder.path, 'fixture/tensor'), new Uint8Array(tensorWithPeaks().buffer));
});
afterAll(async () => folder[Symbol.asyncDispose]());

const shared = startCommands();
afterAll(() => shared[Symbol.dispose]());

const inProcess =
  (process: typeof runCli) =>
  async (args: readonly string[], stdin?: Uint8Array): Promise<CliResult> =>
    process(['run', ...args], {
      cwd: folder.path,
      env: { SANDPIPER_CACHE_DIR: guestCache, SECRET: 'of the host' },
      ...(stdin && { stdin }),
    });

const run = inProcess(shared.run);
/** In a process of its own, where its streams and its end are those of that. */
const runAlone = inProcess(runCli);

describe.concurrent.each(Object.entries(commands))('%s', (kind, command) => {
  const name = kind === 'a component' ? 'component.wasm' : 'core.wasm';

  test('has its arguments, its variables, the time, random numbers, and nothing of the host', async () => {
    const { code, stdout, stderr } = await run([
      '--env',
      'A=b=c',
      '--env',
      'EMPTY=',
      command,
      'args',
      '--dir',
      'größe 🙂',
      '-x',
      '',
      'then',
      'env',
      'then',
      'stderr',
      'oh',
      'then',
      'clocks',
      'then',
      'random',
      'then',
      'random',
    ]);
    const [own, clocks = '', random = ''] = stdout.split(/^(?=\d+ \d+$)|\n(?=[0-9a-f]{32}$)/m);
    expect([code, own, stderr]).toEqual([0, `${name}\nargs\n--dir\ngröße 🙂\n-x\n\nA=b=c\nEMPTY=\n`, 'oh\n']);
    const [seconds = 0, sleptMs = 0] = clocks.split(' ').map(Number);
    expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(60);
    expect(sleptMs).toBeGreaterThanOrEqual(19);
    expect(random.slice(0, 16)).not.toBe(random.slice(16));
  });

  test('passes standard input on to standard output byte for byte', async () => {
    const bytes = randomBytes(1_000_003);
    const result = await runAlone([command, 'cat'], bytes);
    expect(result.code).toBe(0);
    expect(result.bytes.equals(bytes)).toBe(true);
  });

  test('reads the folders that it is given by the names it is given', async () => {
    const given = ['--dir', 'fixture', '--dir', 'fixture/inner::/else'];
    const { stdout } = await run([
      ...given,
      command,
      'list',
      'fixture',
      'then',
      'list',
      '/else',
      'then',
      'cat',
      'fixture/hello',
      'then',
      'size',
      'fixture/hello',
      'then',
      'tail',
      'fixture/hello',
      'then',
      'cat',
      'fixture/none',
    ]);
    expect(stdout.split('\n')).toEqual([
      '. 3',
      '.. 3',
      'hello 4',
      'inner 3',
      'model.onnx 4',
      'tensor 4',
      '. 3',
      '.. 3',
      'hello, world12',
      'orld at 12',
      'No such file or directory',
      '',
    ]);
  });

  test('reads nothing else, and changes nothing', async () => {
    const outside = ['fixture/../secret', '../secret', '/etc/passwd', join(folder.path, 'secret')];
    const changes = [
      ['write', 'fixture/new'],
      ['unlink', 'fixture/hello'],
      ['mkdir', 'fixture/new'],
    ];
    const steps = [...outside.map((path) => ['cat', path]), ...changes].flatMap((step) => [...step, 'then']);
    const { stdout } = await run(['--dir', 'fixture', command, ...steps, 'stderr']);
    const lines = stdout.trim().split('\n');
    for (const line of lines.slice(0, outside.length))
      expect(line).toMatch(/not permitted|insufficient|No such/);
    expect(lines.slice(outside.length)).toEqual(changes.map(() => 'Read-only file system'));
  });

  test('ends with its own status', async () => {
    // WASI 0.2 knows only success and failure, and the adapter for preview 1 makes one of the two of it.
    expect((await runAlone([command, 'exit', '7'])).code).toBe(kind === 'a component' ? 1 : 7);
  });

  test('that traps ends with 134 and a sentence, and what it wrote has arrived', async () => {
    const { code, stderr } = await run([command, 'trap']);
    expect(code).toBe(134);
    expect(stderr).toMatch(new RegExp(`^sandpiper: ${name} trapped: .*unreachable.*\n$`));
  });

  test.each([
    [['spin'], runAlone],
    [['zeroes', '1000000'], run],
  ] as const)('that does not end is stopped at --timeout: %j', async (args, runIt) => {
    const stopped = await runIt(['--timeout', '0.3', command, ...args]);
    expect(stopped.code).toBe(124);
    expect(stopped.stderr).toBe(
      `sandpiper: ${name} was stopped: it ran for the 0.3 s that --timeout allows.\n`,
    );
  });

  test('has the memory that --memory allows', async () => {
    const allowed = await run(['--memory', '64MiB', command, 'allocate', '32', 'then', 'allocate', '80']);
    expect(allowed.stdout).toBe('1\nOut of memory\n');
    const { code, stderr } = await run(['--memory', '65536', command, 'args']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^sandpiper: Cannot load component .*and --memory allows 65536; give a larger --memory/,
    );
  });

  test('is told when nobody reads what it writes', async () => {
    using cli = startCli(['run', command, 'zeroes', '1000'], {
      env: { SANDPIPER_CACHE_DIR: guestCache },
    });
    cli.process.stdout?.once('data', () => cli.process.stdout?.destroy());
    const { code } = await cli.result;
    expect(code).toBe(kind === 'a component' ? 1 : 3);
  });
});

test('what a command asks for before there is input waits for it', async () => {
  using cli = startCli(['run', commands['a core module'], 'cat'], {
    stdin: new TextEncoder().encode('late'),
  });
  expect(await cli.result).toMatchObject({ code: 0, stdout: 'late' });
});

test.concurrent.each<[what: string, args: string[], message: RegExp]>([
  [
    'no such file',
    ['nothing.wasm'],
    /Cannot run nothing\.wasm: nothing\.wasm cannot be read \(ENOENT\); name a/,
  ],
  ['no WebAssembly', ['secret'], /Cannot load component secret: it is not a WebAssembly file/],
  [
    'a component for models',
    [join(import.meta.dirname, '../../components/build/image-classifier.wasm')],
    /it exports sandpiper:inference\/image-classification@0\.1\.0, and a command exports wasi:cli\/run@0\.2/,
  ],
  [
    'no such folder',
    ['--dir', 'none', 'core.wasm'],
    /Cannot load --dir: folder none cannot be read \(ENOENT\)/,
  ],
  [
    'a link out of a folder',
    ['--dir', 'links', 'core.wasm'],
    /links\/out is a link that leads out of its folder/,
  ],
  [
    'folders over their limit',
    ['--dir', 'fixture', '--dir-bytes', '5', 'core.wasm'],
    /folders have over \d+ bytes, and folderBytes allows 5/,
  ],
  [
    'no such graph',
    ['--nn-graph', 'g=none.onnx', 'classify.wasm'],
    /Cannot load graph g: none\.onnx cannot be read/,
  ],
  ['no ONNX', ['--nn-graph', 'g=secret', 'classify.wasm'], /Cannot load graph g from secret: /],
  ['a variable without a name', ['--env', '=x', 'core.wasm'], /'=x' is invalid.*Give name=value/],
  ['a size', ['--memory', 'much', 'core.wasm'], /'much' is invalid.*Give bytes, such as/],
  ['a timeout', ['--timeout', '-1', 'core.wasm'], /'-1' is invalid.*above 0/],
  [
    'a numbering',
    ['--nn-tensor-types', 'mine', 'core.wasm'],
    /Allowed choices are witx, wasmedge-0\.14, wit/,
  ],
])('%s is refused in a sentence, with exit code 1', async (_, args, message) => {
  const { code, stdout, stderr } = await run(args);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

/** Its scores are the first thousand elements of its input. */
const FIRST_THOUSAND = onnxModel({
  inputs: [{ name: 'input', type: 'FLOAT', dims: ['batch', 3, 224, 224] }],
  outputs: [{ name: 'output', type: 'FLOAT', dims: ['batch', 1000] }],
  nodes: [
    { op: 'Flatten', inputs: ['input'], outputs: ['flat'] },
    { op: 'Slice', inputs: ['flat', 'start', 'end', 'axis'], outputs: ['output'] },
  ],
  initializers: [
    { name: 'start', type: 'INT64', dims: [1], data: BigInt64Array.of(0n) },
    { name: 'end', type: 'INT64', dims: [1], data: BigInt64Array.of(1000n) },
    { name: 'axis', type: 'INT64', dims: [1], data: BigInt64Array.of(1n) },
  ],
});

function tensorWithPeaks(): Float32Array {
  const tensor = new Float32Array(3 * 224 * 224);
  [954, 940, 951, 950, 0].forEach((index, i) => (tensor[index] = 20.5 - i));
  return tensor;
}

const ABIS = ['core', 'wamr', '2024-06-25', '2024-08-19', '2024-10-28'].map(
  (abi) => [abi, join(guests, `classify/${abi}.wasm`)] as const,
);

const BEST = '[954] 20.50\n[940] 19.50\n[951] 18.50\n[950] 17.50\n[0] 16.50\n';
const LOAD = ['load', 'fixture/model.onnx', 'fixture/tensor'];
const UNKNOWN = 'The command line gives no graph "other"; its --nn-graph give none.';

describe.each(ABIS)('the classification program over %s', (_, path) => {
  const classify = async (args: readonly string[], granted: Partial<RunHere> = {}) =>
    runHere({ path, args, folders: { fixture: join(folder.path, 'fixture') }, ...granted });

  test('loads its model from a file', async () => {
    expect(await classify(LOAD, { allowLoad: true })).toMatchObject({ code: 0, stdout: BEST, stderr: '' });
  });

  test('loads its model by name, whatever file that is', async () => {
    const graphs = { mobilenet: join(folder.path, 'model.onnx') };
    const named = ['named', 'mobilenet', 'fixture/tensor'];
    expect(await classify(named, { graphs })).toMatchObject({ code: 0, stdout: BEST });
  });

  test('has it said why a call was refused', async () => {
    expect((await classify(['named', 'other', 'fixture/tensor'])).said).toContain(UNKNOWN);
  });
});

describe('the flags of wasi:nn', () => {
  const classify = join(guests, 'classify/core.wasm');

  test('--nn-allow-load lets a command load a graph from bytes', async () => {
    const result = await run(['--nn-allow-load', '--dir', 'fixture', classify, ...LOAD]);
    expect(result).toMatchObject({ code: 0, stdout: BEST, stderr: '' });
  });

  test('--nn-graph names a file', async () => {
    const named = ['--dir', 'fixture', '--nn-graph', 'mobilenet=model.onnx', classify, 'named'];
    expect(await run([...named, 'mobilenet', 'fixture/tensor'])).toMatchObject({ code: 0, stdout: BEST });
  });

  test('--verbose says why a call was refused', async () => {
    const { stderr } = await run([
      '--verbose',
      '--dir',
      'fixture',
      classify,
      'named',
      'other',
      'fixture/tensor',
    ]);
    expect(stderr).toContain(`sandpiper: wasi:nn: ${UNKNOWN}\n`);
  });
});

test('a program on the core ABI runs as a component that the toolkit makes of it', async () => {
  const [core, adapter] = await Promise.all([
    readFile(join(guests, 'classify/core.wasm')),
    readFile(preview1AdapterCommandPath()),
  ]);
  const path = join(folder.path, 'adapted.wasm');
  await writeFile(path, await toComponent(core, { adapter }));
  const folders = { fixture: join(folder.path, 'fixture') };
  const named = ['named', 'mobilenet', 'fixture/tensor'];
  const graphs = { mobilenet: join(folder.path, 'model.onnx') };
  expect(await runHere({ path, args: LOAD, folders, allowLoad: true })).toMatchObject({ stdout: BEST });
  expect(await runHere({ path, args: named, folders, graphs })).toMatchObject({ stdout: BEST });
});

test.each([
  ['core', 'load: error 5\n'],
  [
    '2024-08-19',
    'load: error 7: Loading a graph from bytes is not granted; the command line grants it with --nn-allow-load.\n',
  ],
])('a graph from bytes must be granted to %s', async (abi, stderr) => {
  const program = join(guests, `classify/${abi}.wasm`);
  const refused = await run(['--dir', 'fixture', program, ...LOAD]);
  expect(refused.stderr).toBe(stderr);
});
