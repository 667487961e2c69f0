import { mkdirSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';

/**
 * Has Node keep what it compiles of the modules that are loaded from here on, beside the translated components. Node's
 * own place for it is one for all users of the machine, in which any of them could leave code for this process.
 */
export function keepCompiled(cacheDir: string): void {
  try {
    mkdirSync(cacheDir, { recursive: true, mode: 0o700 });
  } catch {
    return; // Read-only or full: a start takes longer.
  }
  module.enableCompileCache(join(cacheDir, 'node'));
}
