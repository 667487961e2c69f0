import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSandpiper } from '../../src/index.ts';
import { readModelFolder } from '../../src/repository/model-folder.ts';
import { copyModels, imageModel } from '../support/models.ts';

const guestFile = join(import.meta.dirname, '..', 'guests', 'wasi-preview1', 'guest.wasm');

it('reads the granted folders of a model with the model', async () => {
  await using models = await copyModels([imageModel], (manifest) =>
    Object.assign(manifest, { grants: { folders: { '/words': 'extra' } } }),
  );
  const folder = join(models.path, imageModel, '1');
  await mkdir(join(folder, 'extra'));
  await writeFile(join(folder, 'extra', 'list'), 'one two');
  const read = await readModelFolder({ folder, name: imageModel, version: 1 });
  if (read.kind !== 'component') throw new Error('it is no component');
  const node = read.folders.get('/words')?.entries.get('list');
  if (node?.kind !== 'file') throw new Error('the file is not there');
  expect(Buffer.from(node.bytes).toString()).toBe('one two');
});

it('does not serve a model whose component imports what is not granted', async () => {
  const guest = await readFile(guestFile);
  const sha256 = createHash('sha256').update(guest).digest('hex');
  await using models = await copyModels([imageModel], (manifest) =>
    Object.assign(manifest, {
      component: { file: 'guest.wasm', sha256 },
      grants: { stdio: true, clocks: true },
    }),
  );
  await writeFile(join(models.path, imageModel, '1', 'guest.wasm'), guest);
  await expect(openSandpiper({ models: models.path, logLevel: 'silent' })).rejects.toThrow(
    `Component ${imageModel}/1/guest.wasm imports wasi:cli/environment@0.2.12, wasi:cli/exit@0.2.12, wasi:filesystem/types@0.2.12, wasi:filesystem/preopens@0.2.12, wasi:random/random@0.2.12, which are not granted: the manifest grants them with "grants": { "random": true, "exit": true, "env": {}, "folders": {} }.`,
  );
});
