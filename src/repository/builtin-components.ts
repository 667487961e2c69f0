/** Components that come with the service. */
import { readdirSync } from 'node:fs';
import { packageFile } from '../package-files.ts';

const FOLDER = packageFile('components/build/');

/** The file of a component by its name. */
export function builtinComponent(name: string): URL {
  return new URL(`${name}.wasm`, FOLDER);
}

/** Their names; none where they are not built. */
export function builtinComponents(): string[] {
  try {
    const names = readdirSync(FOLDER).flatMap((file) => (file.endsWith('.wasm') ? [file.slice(0, -5)] : []));
    return names.toSorted();
  } catch {
    return [];
  }
}

/** True as well where none is built, which is said when it is read. */
export function isBuiltin(name: string): boolean {
  const names = builtinComponents();
  return names.length === 0 || names.includes(name);
}
