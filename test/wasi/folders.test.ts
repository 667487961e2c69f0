import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FolderImageReader } from '../../src/capabilities/filesystem/folder-image.ts';
import { LIBC_GRANTS, loadGuest, WasiGuest } from './support/wasi-guest.ts';

let root: string;
let guest: WasiGuest;

const reader = (maxBytes = 1_000): FolderImageReader =>
  new FolderImageReader('model m/1', join(root, 'model'), maxBytes);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sandpiper-folders-'));
  await mkdir(join(root, 'model', 'lexicon', 'inner', 'empty'), { recursive: true });
  await writeFile(join(root, 'secret'), 'secret of the host');
  await writeFile(join(root, 'model', 'model.json'), '{}');
  await writeFile(join(root, 'model', 'lexicon', 'words'), '0123456789');
  await writeFile(join(root, 'model', 'lexicon', 'inner', '__proto__'), 'strange name');
  await symlink('../words', join(root, 'model', 'lexicon', 'inner', 'link'));
  const image = await reader().read('lexicon');
  guest = new WasiGuest(await loadGuest('wasi-preview1'), {
    grants: { ...LIBC_GRANTS, folders: { '/data': 'lexicon' } },
    folders: new Map([['/data', image]]),
  });
});
afterAll(async () => {
  await guest[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

describe('a granted folder, seen by the component', () => {
  it.each([
    ['read /data/words', '0123456789'],
    ['read-at /data/words', '45 12 10'],
    ['read /data/inner/../words', '0123456789'],
    ['read /data/./inner//__proto__', 'strange name'],
    ['read /data/inner/link', '0123456789'],
    ['stat /data/words', 'file 10'],
    ['stat /data/inner', 'folder 0'],
    ['stat /data', 'folder 0'],
    ['list /data', './\n../\ninner/\nwords\n'],
    ['list /data/inner', './\n../\n__proto__\nempty/\nlink\n'],
    ['list /data/inner/empty', './\n../\n'],
    ['read /data/none', 'No such file or directory'],
    ['read /data/words/', 'Not a directory'],
    ['read /data/words/x', 'Not a directory'],
    ['list /data/words', 'Not a directory'],
  ])('%s', async (command, answer) => {
    expect(await guest.run(command)).toBe(answer);
  });

  it.each([
    'read /etc/passwd',
    'read ../secret',
    'read /data/../secret',
    'read /data/../model.json',
    'read /data/inner/../../model.json',
    'read /data/..',
    'list /',
    'list /data/..',
    'stat /data/inner/../../../secret',
    'read /proc/self/environ',
  ])('gives nothing beyond itself: %s', async (command) => {
    expect(await guest.run(command)).toMatch(
      /^(Capabilities insufficient|Operation not permitted|No such file.*|Not a directory|Is a directory)$/,
    );
  });

  it.each([
    'create /data/new',
    'overwrite /data/words',
    'append /data/words',
    'remove /data/words',
    'mkdir /data/new',
    'rename /data/words',
    'symlink /data/new',
  ])('is read-only: %s', async (command) => {
    expect(await guest.run(command)).toBe('Read-only file system');
    expect(await readFile(join(root, 'model', 'lexicon', 'words'), 'utf8')).toBe('0123456789');
  });
});

describe('a granted folder, when the model is loaded', () => {
  it.each(['..', '../', '/etc', 'lexicon/../..'])('must not be %s', async (folder) => {
    await expect(reader().read(folder)).rejects.toThrow(/outside the model folder|cannot be read/);
  });

  it('must exist', async () => {
    await expect(reader().read('none')).rejects.toThrow('folder none cannot be read (ENOENT)');
  });

  it.each([
    ['a file of the host', '../../secret'],
    ['the rest of the model', '../model.json'],
    ['an absolute path', '/etc/passwd'],
    ['a folder', 'inner-folder'],
    ['nothing', 'gone'],
  ])('must not hold a link to %s', async (_, target) => {
    const folder = join(root, 'model', 'linked');
    await mkdir(join(folder, 'inner-folder'), { recursive: true });
    await symlink(target, join(folder, 'link'));
    await expect(reader().read('linked')).rejects.toThrow(
      /linked\/link is (a link that leads out of its folder|neither a file nor a folder)|cannot be read \(ENOENT\)/,
    );
    await rm(folder, { recursive: true });
  });

  it('must not be a link out of the model folder itself', async () => {
    const link = join(root, 'model', 'out');
    await symlink('/etc', link);
    await expect(reader().read('out')).rejects.toThrow('folder out is outside the model folder');
    await rm(link);
  });

  it('must not hold a pipe, which would be waited for', async () => {
    const folder = join(root, 'model', 'piped');
    await mkdir(folder);
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await expect(reader().read('piped')).rejects.toThrow('piped/pipe is neither a file nor a folder');
    await rm(folder, { recursive: true });
  });

  it('must fit into folderBytes', async () => {
    await expect(reader(20).read('lexicon')).rejects.toThrow('folderBytes allows 20');
  });
});
