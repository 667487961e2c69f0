/** Limits of control groups of either version, read from files as the kernel lays them out. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCgroupLimits } from '../../src/config/cgroup-limits.ts';
import { sizeMachine } from '../../src/config/machine.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MiB = 2 ** 20;
const V2 = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate';
const V1_MEMORY = '36 30 0:31 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory';
const V1_CPU = '37 30 0:32 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct';

async function limitsWith(files: Readonly<Record<string, string>>): Promise<unknown> {
  await using folder = await temporaryFolder('sandpiper-cgroup-');
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder.path, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${text}\n`);
  }
  return readCgroupLimits(folder.path);
}

describe('the limits of a process are the narrowest of its own control group and of those above', () => {
  test('version 2', async () => {
    expect(
      await limitsWith({
        'proc/self/cgroup': '0::/shop.slice/sandpiper.service',
        'proc/self/mountinfo': V2,
        'sys/fs/cgroup/shop.slice/sandpiper.service/memory.max': 'max',
        'sys/fs/cgroup/shop.slice/sandpiper.service/memory.high': String(600 * MiB),
        'sys/fs/cgroup/shop.slice/sandpiper.service/cpu.max': '150000 100000',
        'sys/fs/cgroup/shop.slice/memory.max': String(512 * MiB),
        'sys/fs/cgroup/shop.slice/cpu.max': 'max 100000',
      }),
    ).toEqual({ memoryBytes: 512 * MiB, cores: 1.5 });
  });

  test('version 1, each controller in a hierarchy of its own', async () => {
    expect(
      await limitsWith({
        'proc/self/cgroup': '9:name=systemd:/\n4:memory:/box/one\n2:cpu,cpuacct:/box',
        'proc/self/mountinfo': `${V1_MEMORY}\n${V1_CPU}`,
        'sys/fs/cgroup/memory/box/one/memory.limit_in_bytes': String(384 * MiB),
        'sys/fs/cgroup/memory/box/memory.limit_in_bytes': '9223372036854771712',
        'sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us': '300000',
        'sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us': '100000',
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1',
      }),
    ).toEqual({ memoryBytes: 384 * MiB, cores: 3 });
  });

  test('in a container that sees its own group alone, under the name that the host gives it', async () => {
    expect(
      await limitsWith({
        'proc/self/cgroup': '4:memory:/docker/abc',
        'proc/self/mountinfo': V1_MEMORY.replace(' / ', ' /docker/abc '),
        'sys/fs/cgroup/memory/memory.limit_in_bytes': String(400 * MiB),
      }),
    ).toEqual({ memoryBytes: 400 * MiB, cores: Infinity });
  });

  test('nothing is bounded where there are no groups', async () => {
    expect(await limitsWith({})).toEqual({ memoryBytes: Infinity, cores: Infinity });
  });
});

test.each([
  { memoryMiB: 256, cores: 16, threads: 1, children: 1 },
  { memoryMiB: 384, cores: 1, threads: 1, children: 1 },
  { memoryMiB: 384, cores: 16, threads: 2, children: 1 },
  { memoryMiB: 512, cores: 16, threads: 6, children: 1 },
  { memoryMiB: 2_048, cores: 16, threads: 16, children: 5 },
  { memoryMiB: 8_192, cores: 1.5, threads: 2, children: 2 },
])(
  '$cores cores and $memoryMiB MiB: $threads threads, $children files tried at a time',
  ({ memoryMiB, cores, ...sizes }) => {
    const bounds = { memoryBytes: memoryMiB * MiB, cores };
    expect(sizeMachine(bounds, { memoryBytes: 2 ** 40, cores: 16 })).toMatchObject(sizes);
  },
);
