import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSandpiper, resolveSettings, type Sandpiper } from '../../src/index.ts';
import { translateComponent } from '../../src/sandbox/translate.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { copyModels, imageModel, readSample } from '../support/models.ts';
import { repository } from '../support/readme.ts';

/** components/examples/build-composed.ts says what each is made of. */
async function composed(name: string): Promise<Uint8Array> {
  return readFile(join(repository, 'components', 'examples', 'composed', `${name}.wasm`));
}

interface Opened extends AsyncDisposable {
  sandpiper: Sandpiper;
  log: Record<string, unknown>[];
}

/** The picture model, with a component of its own where one is given. */
async function open(component?: Uint8Array, config: Record<string, string> = {}): Promise<Opened> {
  const models = await copyModels([imageModel], (manifest) => {
    if (component === undefined) return;
    const sha256 = createHash('sha256').update(component).digest('hex');
    Object.assign(manifest, { component: { file: 'own.wasm', sha256 }, config });
  });
  if (component) await writeFile(join(models.path, imageModel, '1', 'own.wasm'), component);
  const log: Record<string, unknown>[] = [];
  const settings = resolveSettings({ models: models.path, logFormat: 'json' });
  const write = (line: string) => log.push(JSON.parse(line) as Record<string, unknown>);
  try {
    const sandpiper = await openSandpiper(settings, { logger: createLogger(settings, { write }) });
    const dispose = async () => {
      await sandpiper.close();
      await models[Symbol.asyncDispose]();
    };
    return { sandpiper, log, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await models[Symbol.asyncDispose]();
    throw Object.assign(error as Error, { log });
  }
}

async function labelsOf(opened: Opened): Promise<string[]> {
  const { bytes } = await readSample(imageModel);
  const { predictions } = await opened.sandpiper.classify(imageModel, bytes);
  return predictions.map(({ label }) => label);
}

const CONFIG = { mean: '127', std: '128', output: 'logits' };

test('A preprocessor in C hands its tensor to a classifier in Rust, which classifies like the plain one', async () => {
  await using plain = await open();
  await using own = await open(await composed('classifier'));
  expect(await labelsOf(own)).toEqual(await labelsOf(plain));
});

test.each(['classifier', 'guarded'])(
  'Lists between the parts of %s go from memory to memory, without JavaScript',
  async (name) => {
    const { modules } = await translateComponent(await composed(name));
    const memories = modules.map(([, bytes]) => {
      const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
      return imports.filter(({ kind }) => kind === 'memory').length;
    });
    expect(Math.max(...memories)).toBeGreaterThan(1);
  },
);

describe('Middleware under an unmodified guest', () => {
  test('passes all of wasi:nn on, both ways', async () => {
    await using plain = await open();
    await using guarded = await open(await composed('guarded'), {
      ...CONFIG,
      'allowed-graphs': 'other, model',
    });
    expect(await labelsOf(guarded)).toEqual(await labelsOf(plain));
  });

  test('refuses a graph that is not on its list, as wasi:nn would', async () => {
    const opening = open(await composed('guarded'), { ...CONFIG, 'allowed-graphs': 'other' });
    const { log } = await opening.then(
      () => expect.fail('the model was served'),
      (error: unknown) => error as { log: Record<string, unknown>[] },
    );
    expect(log).toContainEqual(
      expect.objectContaining({ context: 'allow-list', msg: 'the graph "model" is not on the list' }),
    );
    expect(log).toContainEqual(expect.objectContaining({ msg: 'inference failed', code: 'security' }));
  });
});
