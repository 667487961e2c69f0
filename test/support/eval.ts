import { existsSync } from 'node:fs';

/** Photos, sounds and damaged files that are not part of the repository: they lie beside it where there are any. */
export const EVAL = new URL('../../../shared/eval/', import.meta.url);

/**
 * Whether a folder or file of {@link EVAL} is missing, for `skipIf`.
 *
 * @throws Error where `REQUIRE_EVAL` is set, as `.ci/run` does where the data is: then nothing may be skipped for it
 */
export function lacksEval(path: string): boolean {
  if (existsSync(new URL(path, EVAL))) return false;
  if (process.env['REQUIRE_EVAL'] === '1')
    throw new Error(`REQUIRE_EVAL is set, and ${path} is not beside the repository`);
  return true;
}
