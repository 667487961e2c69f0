import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { MACHINE } from '../config/machine.ts';
import type { Settings } from '../config/settings.ts';

const MiB = 2 ** 20;

/** Least memory with which the two built-in models start. */
const MIN_BYTES = 320 * MiB;

/** Logged at the start: available resources, how much of them the service uses, and its cache folder. */
export function startupSizes({ guestThreads, concurrentRuns, cacheDir, limits }: Settings) {
  return {
    cores: MACHINE.cores,
    memoryMiB: inMiB(MACHINE.memoryBytes),
    guestThreads,
    concurrentRuns,
    runMemoryMiB: inMiB(limits.runMemoryBytes),
    processMiB: inMiB(limits.processBytes),
    cache: describeCache(resolve(cacheDir)),
  };
}

/** @returns what is likely to fail, with the remedy; undefined if there is enough memory */
export function explainShortMemory(): string | undefined {
  if (MACHINE.memoryBytes >= MIN_BYTES) return undefined;
  return `There are ${inMiB(MACHINE.memoryBytes)} MiB of memory for the service, and with the models that come along it takes ${inMiB(MIN_BYTES)}: give it more, or serve fewer or smaller models (--models).`;
}

function describeCache(folder: string): string {
  if (isWritable(folder)) return folder;
  return existsSync(folder)
    ? `${folder}, only read: it cannot be written`
    : `none: ${folder} cannot be made (--cache-dir names another)`;
}

function isWritable(folder: string): boolean {
  if (!existsSync(folder)) return folder !== dirname(folder) && isWritable(dirname(folder));
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function inMiB(bytes: number): number {
  return Math.floor(bytes / MiB);
}
