/** A project in Python where componentize-py is not installed: its build brings it, and the model serves. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { buildProject } from '../../components/examples/build-example.ts';
import { findToolchain } from '../../components/examples/toolchains.ts';
import { check } from '../../src/index.ts';
import { createProject } from '../../src/scaffold/create-project.ts';
import { guestCache } from '../support/guest-cache.ts';
import { repository } from '../support/readme.ts';

const TOOL = 'componentize-py';

test('sandpiper new --lang python --task prediction builds in an environment of its own, and its sample passes', async ({
  skip,
}) => {
  // Where it is at hand, the registry that the build asks was there too.
  const toolchain = findToolchain('python');
  if ('missing' in toolchain) skip(toolchain.missing);
  const cache = join(repository, '.cache', 'examples');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'own-'));
  try {
    const project = join(folder, 'pair');
    await createProject(project, { name: 'pair', language: 'python', task: 'prediction' });
    const without = (process.env['PATH'] ?? '')
      .split(delimiter)
      .filter((path) => !existsSync(join(path, TOOL)));
    await buildProject(project, { PATH: without.join(delimiter) });
    expect(existsSync(join(project, '.venv', 'bin', TOOL))).toBe(true);
    const { problems, model } = await check(join(project, 'models', 'pair', '1'), {
      cacheDir: guestCache,
      limits: { compileMs: 120_000 },
    });
    expect(problems).toEqual([]);
    expect(model?.describes?.inputs.map(({ name }) => name)).toEqual(['first', 'second']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 300_000);
