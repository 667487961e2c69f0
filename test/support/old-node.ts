import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A Node on the path, from 18 on, that is older than what the service needs. */
export function findOldNode(): string | undefined {
  const paths = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  return paths
    .filter((path) => existsSync(path))
    .find((path) => {
      const major = Number(execFileSync(path, ['-p', 'process.versions.node']).toString().split('.')[0]);
      return major >= 18 && major < 24;
    });
}
