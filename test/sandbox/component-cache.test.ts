import { chmod, chown, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ComponentCache } from '../../src/sandbox/component/component-cache.ts';

const DIGEST = 'ab'.repeat(32);
const translated = {
  glue: 'export function instantiate() {}',
  modules: [['component.core.wasm', Uint8Array.of(0, 97, 115, 109)]] as [string, Uint8Array<ArrayBuffer>][],
  imports: ['wasi:nn/tensor@0.2.0-rc-2024-10-28'],
  exports: [],
};

let folder: string;
let cache: ComponentCache;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'sandpiper-cache-')), 'cache');
  cache = new ComponentCache(folder);
});

afterEach(() => rm(join(folder, '..'), { recursive: true }));

describe('The cache of translated components', () => {
  it('gives back what was put in, also to a later process', async () => {
    await cache.write(DIGEST, translated);
    expect(await new ComponentCache(folder).read(DIGEST)).toEqual(translated);
  });

  it('knows nothing of another component', async () => {
    await cache.write(DIGEST, translated);
    expect(await cache.read('cd'.repeat(32))).toBeUndefined();
  });

  it('ignores an entry with any one bit changed', async () => {
    await cache.write(DIGEST, translated);
    const entry = await entryFile();
    const whole = await readFile(entry);
    for (const at of [0, 31, 32, 40, whole.length - 1]) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
      await writeFile(entry, damaged);
      expect(await cache.read(DIGEST)).toBeUndefined();
    }
  });

  it('ignores an entry that was cut short, and an empty one', async () => {
    await cache.write(DIGEST, translated);
    const entry = await entryFile();
    const whole = await readFile(entry);
    for (const length of [0, 10, 32, whole.length - 1]) {
      await writeFile(entry, whole.subarray(0, length));
      expect(await cache.read(DIGEST)).toBeUndefined();
    }
  });

  it('writes a new entry over a damaged one', async () => {
    await cache.write(DIGEST, translated);
    await writeFile(await entryFile(), 'damaged');
    await cache.write(DIGEST, translated);
    expect(await cache.read(DIGEST)).toEqual(translated);
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('is for its owner alone, since what it holds is run', async () => {
    await cache.write(DIGEST, translated);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(await entryFile())).mode & 0o777).toBe(0o600);
  });

  it.runIf(process.platform !== 'win32').each([0o770, 0o707, 0o722])(
    'is not used once others may write to it (mode %o), which is said once',
    async (mode) => {
      await cache.write(DIGEST, translated);
      const told: string[] = [];
      const careful = new ComponentCache(folder, undefined, (reason) => told.push(reason));
      expect(await careful.read(DIGEST)).toEqual(translated);
      await chmod(folder, mode);
      expect(await careful.read(DIGEST)).toBeUndefined();
      await careful.write('cd'.repeat(32), translated);
      expect(await readdir(folder)).toHaveLength(1);
      expect(told).toEqual([
        `The cache directory ${folder} is not used: others may write to it (mode ${mode.toString(8)}): chmod go-w it.`,
      ]);
      await chmod(folder, 0o755);
      expect(await careful.read(DIGEST)).toEqual(translated);
    },
  );

  it.runIf(process.platform !== 'win32')('ignores an entry that others may write to', async () => {
    await cache.write(DIGEST, translated);
    await chmod(await entryFile(), 0o666);
    expect(await cache.read(DIGEST)).toBeUndefined();
  });

  it.runIf(process.geteuid?.() === 0)('is not used where it belongs to another user', async () => {
    await cache.write(DIGEST, translated);
    await chown(folder, 12_345, 12_345);
    expect(await cache.read(DIGEST)).toBeUndefined();
  });

  it('gives up what was not used for longest when it has too many bytes', async () => {
    const large = { ...translated, glue: ' '.repeat(1_000) };
    const small = new ComponentCache(folder, 3_700);
    const digests = ['aa', 'bb', 'cc'].map((pair) => pair.repeat(32));
    for (const [at, digest] of digests.entries()) {
      await small.write(digest, large);
      await utimes(join(folder, (await entryOf(digest)) ?? ''), at, at);
    }
    // Used now, the first is no longer the one that is oldest.
    expect(await small.read(digests[0] ?? '')).toEqual(large);
    await small.write('dd'.repeat(32), large);
    expect(
      await Promise.all(
        [...digests, 'dd'.repeat(32)].map(async (digest) => (await entryOf(digest)) !== undefined),
      ),
    ).toEqual([true, false, true, true]);
  });

  it('does not keep what is larger than all of it may be', async () => {
    const small = new ComponentCache(folder, 100);
    await small.write(DIGEST, translated);
    expect(await small.read(DIGEST)).toBeUndefined();
  });

  it('knows which core modules have been tried', async () => {
    expect(await cache.isTried(DIGEST)).toBe(false);
    await cache.setTried(DIGEST);
    expect(await new ComponentCache(folder).isTried(DIGEST)).toBe(true);
    expect(await cache.read(DIGEST)).toBeUndefined();
  });

  it('costs time and no failure where the folder cannot be made', async () => {
    await writeFile(folder, 'a file where the folder should be');
    await cache.write(DIGEST, translated);
    expect(await cache.read(DIGEST)).toBeUndefined();
  });

  it('keeps nothing without a folder', async () => {
    const none = new ComponentCache(undefined);
    await none.write(DIGEST, translated);
    expect(await none.read(DIGEST)).toBeUndefined();
  });
});

async function entryOf(digest: string): Promise<string | undefined> {
  return (await readdir(folder)).find((file) => file.startsWith(digest));
}

async function entryFile(): Promise<string> {
  const [entry = ''] = await readdir(folder);
  return join(folder, entry);
}
