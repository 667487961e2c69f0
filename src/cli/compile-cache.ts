import { mkdirSync, statSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { explainUntrusted } from '../config/explain-untrusted.ts';

/**
 * Makes Node cache the compiled code of the modules that are loaded from here on, beside the translated components.
 * Node's default folder is shared by all users of the machine, any of whom could put code for this process there.
 */
export function keepCompiled(cacheDir: string): void {
  const folder = join(cacheDir, 'node');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Others could put code there: without the cache a start takes longer, and the service says why.
    if ([cacheDir, folder].some((each) => explainUntrusted(statSync(each)) !== undefined)) return;
  } catch {
    return; // Read-only or full disk: a start takes longer.
  }
  module.enableCompileCache(folder);
}
