/**
 * Limits of this process's control groups (Linux), of version 1 or 2 for each controller. Ancestors of a group bound it
 * as well, as far up as this process sees them: in a container, up to the container's own group.
 */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export interface CgroupLimits {
  /** Infinity if unbounded. */
  readonly memoryBytes: number;
  /** CPU seconds per second; Infinity if unbounded. */
  readonly cores: number;
}

/** One hierarchy: the folders of this process's group and of its ancestors, its own first. */
interface Hierarchy {
  /** `memory`, `cpu`, … in version 1; empty in version 2. */
  readonly controllers: readonly string[];
  readonly folders: readonly string[];
}

/** @param root of the file system; tests give another */
export function readCgroupLimits(root = '/'): CgroupLimits {
  const limits = findHierarchies(root).flatMap(({ controllers, folders }) =>
    folders.map((folder) => limitsOf(controllers, join(root, folder))),
  );
  return {
    memoryBytes: Math.min(Infinity, ...limits.map(({ memoryBytes = Infinity }) => memoryBytes)),
    cores: Math.min(Infinity, ...limits.map(({ cores = Infinity }) => cores)),
  };
}

function limitsOf(controllers: readonly string[], folder: string): Partial<CgroupLimits> {
  if (controllers.length === 0) {
    const [quota, period] = wordsOf(join(folder, 'cpu.max'));
    const [most] = wordsOf(join(folder, 'memory.max'));
    const [high] = wordsOf(join(folder, 'memory.high'));
    return { memoryBytes: Math.min(bound(most), bound(high)), cores: bound(quota) / bound(period, 1) };
  }
  const [memory] = controllers.includes('memory') ? wordsOf(join(folder, 'memory.limit_in_bytes')) : [];
  const [quota] = controllers.includes('cpu') ? wordsOf(join(folder, 'cpu.cfs_quota_us')) : [];
  const [period] = quota === undefined ? [] : wordsOf(join(folder, 'cpu.cfs_period_us'));
  return { memoryBytes: bound(memory), cores: bound(quota) / bound(period, 1) };
}

/** `max`, -1 and a missing file mean no bound. */
function bound(word: string | undefined, without = Infinity): number {
  const value = Number(word);
  return Number.isFinite(value) && value > 0 ? value : without;
}

function findHierarchies(root: string): Hierarchy[] {
  const groups = linesOf(join(root, 'proc/self/cgroup')).map((line) => {
    const [, names = '', ...path] = line.split(':');
    return { controllers: names.split(',').filter(Boolean), path: path.join(':') };
  });
  return linesOf(join(root, 'proc/self/mountinfo')).flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , mountedGroup = '/', mountPoint = '/'] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    const group = groups.find(({ controllers }) =>
      type === 'cgroup'
        ? controllers.length > 0 && controllers.every((name) => options.split(',').includes(name))
        : type === 'cgroup2' && controllers.length === 0,
    );
    if (group === undefined) return [];
    return [{ controllers: group.controllers, folders: foldersOf(mountPoint, mountedGroup, group.path) }];
  });
}

/** In a container without a cgroup namespace only the container's own group is mounted. */
function foldersOf(mountPoint: string, mountedGroup: string, path: string): string[] {
  const below = relative(mountedGroup, path);
  const steps = below.startsWith('..') ? [] : below.split('/').filter(Boolean);
  return [...steps.map((_, index) => join(mountPoint, ...steps.slice(0, steps.length - index))), mountPoint];
}

function wordsOf(path: string): string[] {
  return (linesOf(path)[0] ?? '').split(' ');
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
