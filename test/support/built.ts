/**
 * The product as it was built, unless a source is newer: then the sources themselves. In TypeScript each thread and
 * process of a service takes three times as long to start, since Node strips the types of all that it loads.
 */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Vite } from 'vitest/node';

const repository = join(import.meta.dirname, '../..');
const sources = join(repository, 'src/');

/** @param path of a source file, from the repository @returns the path of what is run in its place */
export function built(path: string): string {
  return isBuilt() ? join(repository, 'dist', path.replace(/\.ts$/, '.js')) : join(repository, path);
}

/** Has vitest import what was built where a test names the source. It watches sources, so none while it watches. */
export function importBuilt(): Vite.Plugin {
  let watches = false;
  return {
    name: 'import-built',
    enforce: 'pre',
    configureVitest({ vitest, defineCacheKeyGenerator }) {
      watches = vitest.config.watch;
      // Vitest keeps what it transformed, with the paths that imports were resolved to.
      defineCacheKeyGenerator(() => (!watches && isBuilt() ? 'built' : 'sources'));
    },
    resolveId(source, importer) {
      if (watches || importer === undefined || !source.endsWith('.ts')) return undefined;
      const path = resolve(dirname(importer), source);
      if (!path.startsWith(sources) || !isBuilt()) return undefined;
      return { id: built(path.slice(repository.length + 1)), external: true };
    },
  };
}

let known: boolean | undefined;

function isBuilt(): boolean {
  return (known ??= compare());
}

function compare(): boolean {
  const written = (path: string): number =>
    statSync(join(repository, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const since = written('dist/src/cli/sandpiper.js');
  // Folders count as well: they are newer when a file of theirs was taken away.
  const paths = ['', ...readdirSync(sources, { recursive: true, encoding: 'utf8' })];
  return paths.every((path) => written(join('src', path)) < since);
}
