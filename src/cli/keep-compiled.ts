import { mkdirSync, statSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { explainUntrusted } from '../config/trusted-place.ts';

/**
 * Has Node keep what it compiles of the modules that are loaded from here on, beside the translated components. Node's
 * own place for it is one for all users of the machine, in which any of them could leave code for this process.
 */
export function keepCompiled(cacheDir: string): void {
  const folder = join(cacheDir, 'node');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Others could leave code there: a start then takes longer, and the service says why.
    if ([cacheDir, folder].some((each) => explainUntrusted(statSync(each)) !== undefined)) return;
  } catch {
    return; // Read-only or full: a start takes longer.
  }
  module.enableCompileCache(folder);
}
