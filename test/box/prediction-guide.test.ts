/** The worked example of docs/prediction.md, from an ONNX file to an answer: what stands there is what is done here. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildProject } from '../../components/examples/build-example.ts';
import { runCli, startServing } from '../support/cli.ts';
import { imageModel, modelsDir } from '../support/models.ts';
import { codeBlocks, repository } from '../support/readme.ts';

const GUIDE = 'docs/prediction.md';

test('An ONNX file becomes an answer as docs/prediction.md says', async () => {
  // Inside the repository, so that the build finds the packages that a project would install.
  await mkdir(join(repository, '.cache'), { recursive: true });
  const folder = await mkdtemp(join(repository, '.cache', 'guide-'));
  try {
    const [start = '', ask = ''] = await codeBlocks(GUIDE, 'sh');
    const [, name = '', ...flags] = start.split('\n')[0]?.split(' ').slice(1) ?? [];
    const project = join(folder, name);
    const version = join(project, 'models', name, '1');
    const cwd = join(modelsDir, imageModel, '1');
    expect(await runCli(['new', project, ...flags], { cwd })).toMatchObject({ code: 0, stderr: '' });

    const [source = '', program = ''] = await codeBlocks(GUIDE, 'ts');
    const [manifest = ''] = await codeBlocks(GUIDE, 'json');
    await writeFile(join(project, 'assembly', 'index.ts'), source);
    await writeFile(join(version, 'model.json'), manifest);
    await buildProject(project);

    const { code, stdout } = await runCli(['check', version]);
    expect(code).toBe(0);
    for (const line of (await codeBlocks(GUIDE, ''))[0]?.trim().split('\n') ?? [''])
      expect(stdout).toContain(line);

    await writeFile(join(project, 'ask.ts'), program);
    const nodeOptions = ['--conditions=source'];
    const asked = await runCli([], { script: join(project, 'ask.ts'), nodeOptions, cwd: project });
    expect(asked.stdout).toMatch(/datatype: 'FP32',\s+shape: \[ 1, 1000 \],\s+data: Uint8Array\(4000\)/);

    using served = await startServing(['--models', join(project, 'models')]);
    const [, file = '', route = ''] = /--data-binary @(\S+) http:\/\/127\.0\.0\.1:8080(\S+)/.exec(ask) ?? [];
    const body = await readFile(join(project, file));
    const answer = await fetch(`${served.url}${route}`, { method: 'POST', body });
    const [embedding] = (await answer.json()) as [number[]];
    expect(embedding).toHaveLength(1_000);
    expect(embedding.every(Number.isFinite)).toBe(true);
    // "espresso"
    expect(embedding.indexOf(Math.max(...embedding))).toBe(967);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
