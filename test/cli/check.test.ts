import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkText } from '../../src/cli/check-text.ts';
import { check, type CheckReport } from '../../src/index.ts';
import { buildGuest, buildText } from '../support/attack-guest.ts';
import { runCli } from '../support/cli.ts';
import { startCommands } from '../support/commands.ts';
import { graphRepository } from '../support/graph-models.ts';
import { copyModels, imageModel, modelsDir, speechModel } from '../support/models.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import { addModel, unknownOperatorModel } from '../support/onnx-models.ts';

const commands = startCommands();
afterAll(() => commands[Symbol.dispose]());

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandpiper-check-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

/** By the command; most tests ask {@link check} itself, which starts no process. */
async function checkJson(path: string, run = commands.run): Promise<CheckReport & { code: number | null }> {
  const { code, stdout, stderr } = await run(['check', '--json', path]);
  expect(stderr).toBe('');
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  return { code, ...(JSON.parse(stdout) as CheckReport) };
}

/** A component file of a guest's text. */
async function componentFile(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${name}.wasm`);
  await writeFile(path, bytes);
  return path;
}

/** The picture model with another component in place of its own. */
async function modelWith(bytes: Uint8Array, more: object = {}): Promise<{ path: string } & AsyncDisposable> {
  const models = await copyModels([imageModel], (manifest) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    Object.assign(manifest, { component: { file: 'own.wasm', sha256 }, grants: {}, config: {}, ...more });
  });
  const path = join(models.path, imageModel, '1');
  await writeFile(join(path, 'own.wasm'), bytes);
  return { ...models, path };
}

const STACK = /\n\s+at |\\n\s+at /;

describe('a model folder', () => {
  test.each([
    [imageModel, runCli],
    [speechModel, commands.run],
  ])('of ours passes, wherever it is named from: %s', async (model, run) => {
    const path = relative(process.cwd(), join(modelsDir, model, '1'));
    const report = await checkJson(path, run);
    expect(report).toMatchObject({ code: 0, format: 1, kind: 'model', path, passed: true, problems: [] });
    expect(report.model).toMatchObject({ name: model, version: 1 });
    expect(report.model?.sample).toMatchObject({ answer: expect.any(String), ms: expect.any(Number) });
    expect(report.component?.imports).toContainEqual({
      import: 'wasi:logging/logging@0.1.0-draft',
      granted: true,
      key: 'logging',
      remedy: null,
    });
  });

  test('says what its graph takes and gives, and which limits are its own', async () => {
    await using models = await copyModels([imageModel], (manifest) => {
      manifest.limits = { deadlineMs: 5_000 };
    });
    const { model } = await check(join(models.path, imageModel, '1'));
    expect(model?.limits).toEqual([{ name: 'deadlineMs', value: 5_000, default: 10_000 }]);
    const float = { type: 'FP32', elementType: 'FLOAT', optional: false };
    expect(model?.graphs).toEqual([
      {
        name: 'model',
        file: 'model.onnx',
        bytes: expect.any(Number),
        inputs: [{ ...float, name: 'input', shape: ['batch', 3, 224, 224] }],
        outputs: [{ ...float, name: 'logits', shape: ['batch', 1_000] }],
        metadata: expect.any(Object),
      },
    ]);
  });

  test('for a reader: one fact a line, and the verdict last', async () => {
    const result = await commands.run(['check', join(modelsDir, imageModel, '1')]);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).not.toContain('\u001b');
    const lines = result.stdout.trimEnd().split('\n');
    expect(lines).toContain('import\twasi:logging/logging@0.1.0-draft\tgranted\tby grants.logging');
    expect(lines).toContain('graph\tmodel\tinput\tinput\tFP32\tbatch x 3 x 224 x 224');
    expect(lines.find((line) => line.startsWith('sample\t'))).toMatch(/espresso.*\t\d+ ms$/);
    expect(lines.at(-1)).toMatch(/^check\t.*\tpassed$/);
  });

  test('for a reader: of a property as long as a vocabulary only the beginning', async () => {
    const vocabulary = '!'.repeat(100_000);
    await using graphs = await graphRepository({
      reader: onnxModel({
        metadata: { character: vocabulary },
        inputs: [{ name: 'x', type: 'FLOAT', dims: [1] }],
        outputs: [{ name: 'y', type: 'FLOAT', dims: [1] }],
        nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
      }),
    });
    const text = checkText(await check(join(graphs.path, 'reader', '1')), false);
    const property = text.split('\n').find((line) => line.startsWith('property\treader\tcharacter'));
    expect(property?.length).toBeLessThan(1_000);
    expect(property).toMatch(/^property\treader\tcharacter\t!.*…$/);
  });

  test('whose component imports what is not granted names the import and the key, and shows its graphs', async () => {
    await using model = await modelWith(await buildGuest('good'), { grants: { logging: false } });
    const report = await check(model.path);
    expect(report).toMatchObject({ passed: false });
    expect(report.problems).toEqual([
      expect.stringMatching(/wasi:logging\/logging@0\.1\.0-draft.*"grants": \{ "logging": true \}/),
    ]);
    expect(report.component?.needs).toEqual({ grants: { logging: true }, limits: {} });
    expect(report.component?.imports.filter(({ granted }) => !granted)).toHaveLength(1);
    expect(report.model?.graphs).toHaveLength(1);
    expect(report.model?.sample.answer).toBeNull();
  });

  test('whose sample gives another answer says both', async () => {
    await using models = await copyModels([imageModel], (manifest) => {
      manifest.sample.expect = 'platypus';
    });
    const result = await commands.run(['check', join(models.path, imageModel, '1')]);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^sandpiper: .*"espresso".*"platypus".*\n$/);
    expect(result.stdout).toMatch(/\tfailed\n$/);
  });

  test('whose component traps says why, without a stack', async () => {
    const grants = { logging: true };
    await using model = await modelWith(await buildGuest('trap'), { grants });
    const report = await check(model.path);
    expect(report).toMatchObject({
      passed: false,
      problems: [expect.stringMatching(/^[^\n]*unreachable[^\n]*$/)],
    });
    expect(checkText(report, false) + JSON.stringify(report)).not.toMatch(STACK);
  });

  test('with a damaged file says which', async () => {
    await using models = await copyModels([imageModel]);
    const path = join(models.path, imageModel, '1');
    await writeFile(join(path, 'labels.txt'), 'damaged');
    expect(await check(path)).toMatchObject({
      passed: false,
      problems: [expect.stringMatching(/labels\.txt is damaged/)],
      component: null,
    });
  });
});

describe('a bare graph', () => {
  test('alone in its folder passes when it runs on zeros', async () => {
    await using graphs = await graphRepository({ adder: addModel('INT16', ['n', 2]) });
    const report = await checkJson(join(graphs.path, 'adder', '1'));
    expect(report).toMatchObject({ code: 0, kind: 'model', passed: true, problems: [], component: null });
    const port = (name: string): object => ({ name, type: null, elementType: 'INT16', shape: ['n', 2] });
    expect(report.model).toMatchObject({
      name: 'adder',
      version: 1,
      task: 'tensors',
      licence: 'NOASSERTION',
      grants: {},
      graphs: [{ name: 'adder', file: 'model.onnx', inputs: [port('x'), port('w')], outputs: [port('y')] }],
      sample: { file: null, expected: null, answer: 'y INT16 [1,2]', ms: expect.any(Number) },
    });
    const { stdout } = await commands.run(['check', join(graphs.path, 'adder', '1')]);
    expect(stdout).toMatch(/^sample\tzeros\ty INT16 \[1,2\]\t\d+ ms$/m);
  });

  test('that is in no model folder yet is named by its file', async () => {
    await using graphs = await graphRepository({ adder: addModel('INT16', ['n', 2]) });
    const graph = join(graphs.path, 'adder.onnx');
    await copyFile(join(graphs.path, 'adder', '1', 'model.onnx'), graph);
    const report = await check(graph);
    expect(report).toMatchObject({
      kind: 'model',
      passed: true,
      model: { name: 'adder', graphs: [{ file: 'adder.onnx' }], sample: { answer: 'y INT16 [1,2]' } },
    });
    expect(checkText(report, false)).toContain('graph\tadder\tinput\tx\tINT16\tn x 2\n');
    await truncate(graph, 20);
    expect((await check(graph)).problems).toEqual([expect.stringMatching(/adder@1: .* damaged/)]);
  });

  test('that the engine refuses says why', async () => {
    await using graphs = await graphRepository({ odd: unknownOperatorModel() });
    const { passed, problems } = await check(join(graphs.path, 'odd', '1'));
    expect(passed).toBe(false);
    expect(problems).toEqual([expect.stringMatching(/graph of model odd@1.*NoSuchOperator/)]);
  });
});

describe('a component alone', () => {
  test('says which task it serves and what it would need', async () => {
    const bytes = await buildGuest('many-memories');
    const report = await check(await componentFile('many-memories', bytes));
    expect(report).toMatchObject({ kind: 'component', passed: true, model: null });
    expect(report.component).toMatchObject({
      sha256: createHash('sha256').update(bytes).digest('hex'),
      tasks: ['image-classification'],
      needs: { grants: { logging: true }, limits: { memoryBytes: 602 * 65_536 } },
    });
    expect(report.component?.memories).toHaveLength(3);
  });

  test('that no grant could help says so', async () => {
    const path = await componentFile('vault', await buildGuest('import-not-granted'));
    const { passed, problems, component } = await check(path);
    expect(passed).toBe(false);
    expect(problems[0]).toMatch(/acme:secrets\/vault@1\.0\.0.*no grant/);
    expect(component?.imports).toContainEqual(
      expect.objectContaining({ granted: false, key: null, remedy: expect.stringContaining('no grant') }),
    );
  });

  test('that serves no task says which there are', async () => {
    const clock = '(component (import "wasi:clocks/wall-clock@0.2.3" (instance)))';
    const { passed, problems } = await check(await componentFile('clock', await buildText(clock)));
    expect(passed).toBe(false);
    expect(problems).toEqual([
      expect.stringMatching(/serves no task.*sandpiper:inference\/image-classification/),
    ]);
  });
});

describe('a command', () => {
  const guests = join(import.meta.dirname, '../guests');

  test.each([
    ['core', 'wasi_ephemeral_nn', null, ['--nn-graph', '--nn-allow-load']],
    ['wamr', 'wasi_nn', 'wasmedge-0.14', ['--nn-graph', '--nn-allow-load']],
  ])('as a core module says what it would be given: %s', async (file, abi, numbering, options) => {
    const report = await check(join(guests, 'classify', `${file}.wasm`));
    expect(report).toMatchObject({ kind: 'component', passed: true, problems: [], model: null });
    expect(report.component).toMatchObject({
      form: 'core-module',
      tasks: [],
      command: { entry: '_start', options: expect.arrayContaining(['--dir', ...options]) },
      nn: [{ abi, numbering }],
      needs: { grants: {}, limits: {} },
    });
    expect(report.component?.memories).toHaveLength(1);
    expect(report.component?.imports).toContainEqual({
      import: `${abi}.load_by_name`,
      granted: true,
      key: null,
      remedy: null,
    });
  });

  test.each(['2024-06-25', '2024-08-19', '2024-10-28'])(
    'as a component says which release of wasi:nn it speaks: %s',
    async (release) => {
      const { passed, component } = await check(join(guests, 'classify', `${release}.wasm`));
      expect(passed).toBe(true);
      expect(component).toMatchObject({
        form: 'component',
        command: { entry: expect.stringMatching(/^wasi:cli\/run@0\.2\./), options: expect.any(Array) },
        nn: [{ abi: `wasi:nn@0.2.0-rc-${release}`, numbering: 'wit' }],
        needs: { grants: {}, limits: {} },
      });
      expect(component?.imports.filter(({ granted }) => !granted)).toEqual([]);
    },
  );

  test('for a reader', async () => {
    const { stdout } = await commands.run(['check', join(guests, 'classify/core.wasm')]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^core-module\tcore\.wasm\t\d+ bytes\tSHA-256 /);
    expect(lines).toContain('import\twasi_ephemeral_nn.compute\tgranted\tto every command');
    expect(lines.find((line) => line.startsWith('command\t'))).toMatch(
      /^command\t_start\tuses --dir, .*--nn-graph/,
    );
    expect(lines).toContain('wasi:nn\twasi_ephemeral_nn\ttensor types detected by their data');
    expect(lines.at(-1)).toMatch(/\tpassed$/);
  });

  test('that starts with more memory than it would have says which option gives it', async () => {
    const bytes = await parse('(module (memory (export "memory") 8193) (func (export "_start")))');
    const { passed, component } = await check(await componentFile('big', bytes));
    expect([passed, component?.command?.options]).toEqual([true, [`--memory ${8_193 * 65_536}`]]);
  });

  test.each([
    [
      'imports what there is not',
      '(module (import "env" "sleep" (func)) (func (export "_start")))',
      /imports env\.sleep: a core module may import functions of wasi_snapshot_preview1, wasi_ephemeral_nn/,
    ],
    ['has no start', '(module (func (export "run")))', /exports no _start.*build it as one/],
    ['is no WebAssembly', '(module (func (export "_start") unreachable))', undefined],
  ])('as a core module that %s', async (name, text, problem) => {
    const bytes = await parse(text);
    // Its last instruction is none.
    if (problem === undefined) bytes[bytes.lastIndexOf(0)] = 0xff;
    const { passed, problems, component } = await check(await componentFile(name, bytes));
    expect(passed).toBe(false);
    expect(problems).toEqual([expect.stringMatching(problem ?? /WebAssembly refuses it/)]);
    expect(component === null).toBe(problem === undefined);
  });

  test('as a component that imports what no command is given', async () => {
    const text = `(component
      (import "wasi:http/outgoing-handler@0.2.3" (instance))
      (core module $m (func (export "run") (result i32) i32.const 0))
      (core instance $i (instantiate $m))
      (func $run (result (result)) (canon lift (core func $i "run")))
      (instance $r (export "run" (func $run)))
      (export "wasi:cli/run@0.2.3" (instance $r)))`;
    const path = await componentFile('http', await buildText(text));
    const { passed, problems, component } = await check(path);
    expect(passed).toBe(false);
    expect(problems).toEqual([
      expect.stringMatching(/imports wasi:http\/outgoing-handler@0\.2\.3: `sandpiper run` does not give it/),
    ]);
    expect(component?.imports).toContainEqual(expect.objectContaining({ granted: false, key: null }));
    const run = await commands.run(['run', path]);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/Cannot run http\.wasm: it imports wasi:http.*does not give it/);
  });
});

test.each([
  ['no/such/path', 'ENOENT'],
  [modelsDir, 'model.json'],
  [import.meta.filename, 'not a WebAssembly file'],
])('what is neither ends with one sentence: %s', async (path, part) => {
  const result = await commands.run(['check', path]);
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(/^sandpiper: .+\n$/);
  expect(result.stderr).toContain(part);
  expect(result.stdout + result.stderr).not.toMatch(STACK);
});

test('what Node compiled is kept beside the components, for the owner alone, and nowhere that others can write', async () => {
  const home = await mkdtemp(join(folder, 'home-'));
  const shared = await mkdtemp(join(folder, 'shared-'));
  const path = await componentFile('good', await buildGuest('good'));
  const env = { SANDPIPER_CACHE_DIR: join(home, 'cache'), TMPDIR: shared };
  // Node as it is installed: the tests' own has a place for this already.
  expect(await runCli(['check', path], { env, node: process.execPath })).toMatchObject({ code: 0 });
  expect((await stat(join(home, 'cache'))).mode & 0o777).toBe(0o700);
  expect(await readdir(join(home, 'cache'))).toContain('node');
  expect(await readdir(shared)).toEqual([]);
});
