import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startCommands } from '../support/commands.ts';
import { copyModels, imageModel } from '../support/models.ts';

const commands = startCommands();
afterAll(() => commands[Symbol.dispose]());

test('a model without digests is served as it is; once locked, a changed file is refused', async () => {
  await using models = await copyModels([imageModel], (manifest) => {
    const parts = manifest as unknown as Record<string, Record<string, unknown>>;
    for (const part of [parts['graphs']?.['model'], parts['labels'], parts['sample']])
      delete (part as Record<string, unknown>)['sha256'];
  });
  const folder = join(models.path, imageModel, '1');
  const labels = join(folder, 'labels.txt');
  await writeFile(labels, (await readFile(labels, 'utf8')).replace('espresso', 'Espresso'));
  expect(await commands.run(['check', folder])).toMatchObject({ code: 0 });

  const locked = await commands.run(['lock', folder]);
  expect(locked).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('labels.txt, sample.png, model.onnx'),
  });
  expect(await commands.run(['check', folder])).toMatchObject({ code: 0 });
  await writeFile(labels, 'one\ntwo\n');
  const refused = await commands.run(['check', folder]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/labels\.txt is damaged or was replaced.*sandpiper lock/);
});

test('what cannot be locked is said', async () => {
  expect(await commands.run(['lock', '/nowhere'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^sandpiper: Cannot lock \/nowhere: .*model\.json/),
  });
});
