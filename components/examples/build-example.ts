/** An example built as its author's project would be: written by `sandpiper new`, built by its own build.js. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { componentEmbed } from '@bytecodealliance/jco-transpile/wasm-tools';
import { createProject, exampleFolder } from '../../src/scaffold/create-project.ts';
import type { LanguageName } from '../../src/scaffold/languages.ts';
import { COMPONENT_FILE } from '../../src/toolkit/install-component.ts';
import { digestOfBytes, digestOfSources } from '../built-record.ts';
import { readContract } from '../world.ts';
import { WORLDS, type Example } from './catalogue.ts';
import { TOOL_ENV } from './toolchains.ts';

const root = join(import.meta.dirname, '..', '..');
const cache = join(root, '.cache', 'examples');

/**
 * The component's bytes: from the cache while nothing that they are made of has changed.
 *
 * @throws Error with what the build printed
 */
export async function buildExample(example: Example): Promise<Uint8Array> {
  const kept = await keptFile(example);
  const found = await readFile(kept).catch(() => undefined);
  if (found !== undefined) return found;
  await mkdir(cache, { recursive: true });
  // Inside this repository, so that the build finds the packages that a project would install.
  const folder = await mkdtemp(join(cache, 'project-'));
  const project = join(folder, 'example');
  try {
    await createProject(project, { name: 'example', ...example });
    await buildProject(project);
    const component = await readFile(join(project, 'models', 'example', '1', COMPONENT_FILE));
    await writeFile(kept, component);
    return component;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * `npm run build` of a project that lies inside this repository, with the sources of Sandpiper for its package.
 *
 * @param env beside this process's own
 */
export async function buildProject(project: string, env = TOOL_ENV): Promise<void> {
  await mkdir(join(project, 'node_modules'), { recursive: true });
  await symlink(root, join(project, 'node_modules', 'sandpiper'), 'junction');
  const child = spawn(process.execPath, ['--conditions=source', 'build.js'], {
    cwd: project,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`build.js ended with exit code ${String(code)}\n${output}`);
}

/** The component if it has been built since its sources changed, and undefined otherwise. */
export async function builtExample(example: Example): Promise<Uint8Array | undefined> {
  return readFile(await keptFile(example)).catch(() => undefined);
}

async function keptFile(example: Example): Promise<string> {
  const digest = (await digestOfExample(example)).slice(0, 16);
  return join(cache, `${example.task}-${example.language}-${digest}.wasm`);
}

/** Folder of this repository that a language's build reads, besides the example and its world. */
const READS: Readonly<Partial<Record<LanguageName, string>>> = {
  assemblyscript: 'components/sdk/assembly',
  go: 'components/sdk/go',
};

/** Digest of the component's inputs: its sources, the folder above, and the types of its world. */
export async function digestOfExample({ task, language }: Example): Promise<string> {
  const read = READS[language];
  const folders = [exampleFolder(language, task), ...(read === undefined ? [] : [join(root, read)])];
  const types = await componentEmbed({ witSource: await readContract(), world: WORLDS[task], dummy: true });
  return digestOfBytes(Buffer.concat([Buffer.from(await digestOfSources(folders)), types]));
}
