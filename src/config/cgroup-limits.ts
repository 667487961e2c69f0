/**
 * What the control groups of this process allow it (Linux), whichever version holds each controller. A group is bounded
 * by those above it as well, as far up as this process sees them: in a container that is up to the container's own.
 */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export interface CgroupLimits {
  /** Infinity where nothing bounds it. */
  readonly memoryBytes: number;
  /** Processor time in seconds a second; Infinity where nothing bounds it. */
  readonly cores: number;
}

/** One hierarchy: where it is mounted, and the groups of this process below that, its own first. */
interface Hierarchy {
  /** `memory`, `cpu`, … of version 1; empty for version 2. */
  readonly controllers: readonly string[];
  readonly folders: readonly string[];
}

/** @param root the file system to read, for tests */
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

/** `max`, -1 and files that are not there bound nothing. */
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

/** A container that shares the host's names of groups has its own group mounted, and nothing beside it. */
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
