import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readModelFolder } from '../../src/repository/model-folder.ts';

let root: string;
let folder: string;
let secret: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sandpiper-links-'));
  folder = join(root, 'model');
  secret = join(root, 'secret.txt');
  await mkdir(folder);
  await writeFile(secret, 'secret');
  await writeFile(join(folder, 'real.txt'), 'real');
});

afterEach(() => rm(root, { recursive: true }));

describe('A model folder', () => {
  it.each([
    ['a link that leads out of it', 'link.txt'],
    ['a file in a linked folder that leads out of it', 'linked/secret.txt'],
    ['a path with dots', '../secret.txt'],
  ])('is refused with %s, even where the digest fits', async (_, file) => {
    await symlink(secret, join(folder, 'link.txt'));
    await symlink(root, join(folder, 'linked'));
    await writeManifest({ file, sha256: await digestOf(secret) });
    await expect(readModelFolder({ folder, name: 'model', version: 1 })).rejects.toMatchObject({
      code: 'invalid-model',
      message: expect.stringContaining(`${file} is outside the model folder`),
    });
  });

  it('is refused with an absolute path', async () => {
    await writeManifest({ file: secret, sha256: await digestOf(secret) });
    await expect(readModelFolder({ folder, name: 'model', version: 1 })).rejects.toMatchObject({
      code: 'invalid-model',
    });
  });

  it('may hold a link to a file of its own', async () => {
    await symlink('real.txt', join(folder, 'link.txt'));
    await writeManifest({ file: 'link.txt', sha256: await digestOf(join(folder, 'real.txt')) });
    const read = await readModelFolder({ folder, name: 'model', version: 1 });
    if (read.kind !== 'component') throw new Error('it is no component');
    expect(Buffer.from(read.assets.get('leak') ?? new SharedArrayBuffer(0)).toString()).toBe('real');
  });
});

async function writeManifest(asset: { file: string; sha256: string }): Promise<void> {
  const real = { file: 'real.txt', sha256: await digestOf(join(folder, 'real.txt')) };
  const manifest = {
    task: 'image-classification',
    component: real,
    graphs: {},
    assets: { leak: asset },
    sample: { ...real, expect: '' },
    licence: 'MIT',
    source: 'this test',
  };
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
}

async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
