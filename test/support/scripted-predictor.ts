/** Models of the open contract that are what a test says: test/guests/scripted-predictor behind the real service. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { componentize } from 'componentize-qjs';
import { SERVICE_LIMITS } from '../../src/config/limits.ts';
import { ComponentCache } from '../../src/sandbox/component/component-cache.ts';
import { translateComponentFile } from '../../src/sandbox/component/compile-component.ts';
import type { SettingsInput } from '../../src/config/settings.ts';
import { guestCache } from './guest-cache.ts';
import { repository } from './readme.ts';
import { startServer, type TestServer } from './server.ts';
import { temporaryFolder } from './temporary-folder.ts';

const SOURCE = join(repository, 'test/guests/scripted-predictor/predictor.js');

/** Bodies of functions in JavaScript, as the guest runs them. */
export interface ScriptedModel {
  task?: string;
  /** Returns the description. */
  describe: string;
  /**
   * Returns the outputs, given `request`, `of(input)` for its values, `parameter(name)`, `media` for
   * `request-media`, `report` for `partial-outputs`, and `refuse(tag, text)`.
   */
  predict: string;
  /** Default: one input `text`, `hello`. */
  sample?: Record<string, unknown>;
  /** Files of the model folder beside the component. */
  files?: Record<string, Uint8Array>;
  /** More of the manifest. */
  more?: Record<string, unknown>;
}

/** Outputs as the contract has them. */
export const DEFAULT_SAMPLE = { inputs: { text: 'hello' }, expect: {} };

let built: Promise<Uint8Array> | undefined;

export async function scriptedComponent(): Promise<Uint8Array> {
  built ??= build();
  return built;
}

async function build(): Promise<Uint8Array> {
  const source = await readFile(SOURCE, 'utf8');
  const wit = await readFile(join(repository, 'wit/prediction.wit'));
  const digest = createHash('sha256').update(source).update(wit).digest('hex').slice(0, 16);
  const kept = join(guestCache, `scripted-predictor-${digest}.wasm`);
  const found = await readFile(kept).catch(() => undefined);
  if (found !== undefined) return found;
  const { component } = await componentize({
    witPath: join(repository, 'wit'),
    world: 'predictor',
    jsSource: source,
    jsPath: SOURCE,
    sync: true,
    disableGc: true,
  });
  await mkdir(guestCache, { recursive: true });
  const aside = `${kept}.${process.pid}`;
  await writeFile(aside, component);
  await rename(aside, kept);
  return component;
}

/** Puts a model into a directory of models. */
export async function writeScriptedModel(models: string, name: string, model: ScriptedModel): Promise<void> {
  const { task = 'prediction', describe, predict, sample = DEFAULT_SAMPLE, files = {}, more = {} } = model;
  const folder = join(models, name, '1');
  await mkdir(folder, { recursive: true });
  const all = { ...files, 'component.wasm': await scriptedComponent() };
  for (const [file, bytes] of Object.entries(all)) await writeFile(join(folder, file), bytes);
  const manifest = {
    task,
    component: { file: 'component.wasm' },
    graphs: {},
    config: { describe, predict },
    // Imports of JavaScript's runtime.
    grants: { logging: true, clocks: true, random: true, stdio: true, exit: true, env: {}, folders: {} },
    sample,
    licence: 'Apache-2.0',
    source: 'made by a test',
    ...more,
  };
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
}

export interface ScriptedServer extends TestServer {
  readonly models: string;
}

export async function startScripted(
  scripted: Readonly<Record<string, ScriptedModel>>,
  settings: SettingsInput = {},
): Promise<ScriptedServer> {
  const folder = await temporaryFolder('sandpiper-scripted-');
  try {
    for (const [name, model] of Object.entries(scripted)) await writeScriptedModel(folder.path, name, model);
    // Once, and not by each model at the same time.
    await translateComponentFile(await scriptedComponent(), {
      name: 'scripted-predictor',
      cache: new ComponentCache(guestCache),
      limits: SERVICE_LIMITS,
    });
    const server = await startServer({ models: folder.path, cacheDir: guestCache, ...settings });
    return {
      ...server,
      models: folder.path,
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]();
        await folder[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}
