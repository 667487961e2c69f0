import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProject } from '../../src/scaffold/create-project.ts';
import { startCli } from '../support/cli.ts';
import { imageModel, readSample } from '../support/models.ts';
import { repository } from '../support/readme.ts';

test.each([
  {
    language: 'assemblyscript',
    file: 'assembly/index.ts',
    before: '    const found = best(',
    fault: '    if (wanted == 3) unreachable();\n',
    frame: 'at assembly/index/Classifier#classify (assembly/index.ts:',
  },
  {
    language: 'typescript',
    file: 'classifier.ts',
    before: '    const scores = toScores(',
    fault: '    if (options.topK === 3) throw new Error("three");\n',
    frame: 'at classify (classifier.ts:',
  },
] as const)(
  'where a component in $language traps, dev shows the lines of its sources',
  { timeout: 90_000 },
  async ({ language, file, before, fault, frame }) => {
    // Inside the repository, so that the build finds the packages that a project would install.
    await mkdir(join(repository, '.cache'), { recursive: true });
    const folder = await mkdtemp(join(repository, '.cache', 'dev-'));
    try {
      const project = join(folder, 'net');
      await createProject(project, { name: 'net', language, task: 'image-classification', model: undefined });
      await mkdir(join(project, 'node_modules'));
      await symlink(repository, join(project, 'node_modules', 'sandpiper'), 'junction');
      const source = (await readFile(join(project, file), 'utf8')).replace(before, fault + before);
      await writeFile(join(project, file), source);
      const line = source.slice(0, source.indexOf(fault)).split('\n').length;

      const env = { NODE_OPTIONS: '--conditions=source', SANDPIPER_LOG_FORMAT: 'json' };
      using cli = startCli(['dev', project, '--port', '0'], { env });
      let stderr = '';
      cli.process.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      const [url = ''] = /http:\S+\d/.exec(await cli.line(/is ready on/)) ?? [];
      const { bytes } = await readSample(imageModel);
      const answer = await fetch(`${url}/models/net`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ inputs: Buffer.from(bytes).toString('base64'), parameters: { top_k: 3 } }),
      });
      expect(answer.status).toBe(502);
      expect(await answer.text()).not.toContain(file);
      await expect.poll(() => stderr).toContain(`${frame}${line}:`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
