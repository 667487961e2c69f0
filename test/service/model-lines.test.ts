import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startColourServer } from '../support/colour-models.ts';

test('a model that is loaded, swapped, not loaded or unloaded has its line in the log', async () => {
  await using server = await startColourServer({ one: {}, two: {} });
  const lines = (msg: string) => server.log.filter((line) => line['msg'] === msg);
  expect(new Set(lines('model in service').map(({ model }) => model))).toEqual(new Set(['one', 'two']));
  expect(lines('model in service')[0]).toMatchObject({ level: 'info', version: 1, ms: expect.any(Number) });

  await server.service.loadModel('one');
  expect(lines('model in service').at(-1)).toMatchObject({ model: 'one', version: 1, replaced: [1] });

  await rm(join(server.models, 'two', '1', 'labels.txt'));
  await expect(server.service.loadModel('two')).rejects.toThrow('labels.txt');
  expect(lines('model not loaded')).toMatchObject([
    {
      level: 'warn',
      model: 'two',
      version: 1,
      why: expect.stringContaining('labels.txt cannot be read (ENOENT)'),
    },
  ]);

  await server.service.unloadModel('one');
  expect(lines('model unloaded')).toMatchObject([{ model: 'one', versions: [1] }]);
  await expect.poll(() => server.metric('guest_threads{state="idle"}')).toBe(3);
});
