/**
 * What package-lock.json must be like, so that what comes in is what was tested and runs nothing while it comes.
 *
 *     node deploy/package/lock.ts     takes out of it what npm adds and must not be there
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Lock {
  packages: Record<string, LockedPackage>;
}

export interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly devDependencies?: object;
  hasInstallScript?: boolean;
}

const lockFile = join(import.meta.dirname, '../..', 'package-lock.json');

export async function readLock(path = lockFile): Promise<Lock> {
  return JSON.parse(await readFile(path, 'utf8')) as Lock;
}

/** A sentence for each fault. */
export function faultsOf({ packages }: Lock): string[] {
  return Object.entries(packages).flatMap(([path, { integrity, link, hasInstallScript }]) => {
    const faults: string[] = [];
    const own = !path.includes('node_modules/') || link === true;
    if (!own && integrity === undefined) {
      faults.push(
        `${path} has no integrity: take its entry out of package-lock.json and run \`npm install --package-lock-only\`.`,
      );
    }
    if (hasInstallScript === true) {
      faults.push(`${path} would run a script when it is installed: run \`node deploy/package/lock.ts\`.`);
    }
    return faults;
  });
}

/** npm runs the scripts of the packages only that are marked so, and marks them when it adds them. */
function withoutScripts(lock: Lock): Lock {
  for (const locked of Object.values(lock.packages)) delete locked.hasInstallScript;
  return lock;
}

if (import.meta.main) {
  await writeFile(lockFile, `${JSON.stringify(withoutScripts(await readLock()), null, 2)}\n`);
}
