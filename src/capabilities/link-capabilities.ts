/**
 * Loads the code of the capabilities that a component imports, and no other.
 *
 * All of it is our own, synchronous, and made per instance: no part shares anything with another instance or with the
 * host, and every wait ends with the request.
 */
import type { Imports, MakeWasi } from './wasi-host.ts';

const PACKAGES: Readonly<Record<string, () => Promise<MakeWasi>>> = {
  'wasi:io': async () => (await import('./io/io.ts')).makeIo,
  'wasi:logging': async () => (await import('./logging/logging.ts')).makeLogging,
  'wasi:cli': async () => (await import('./cli/cli.ts')).makeCli,
  'wasi:clocks': async () => (await import('./clocks/clocks.ts')).makeClocks,
  'wasi:random': async () => (await import('./random/random.ts')).makeRandom,
  'wasi:filesystem': async () => (await import('./filesystem/filesystem.ts')).makeFilesystem,
  'wasi:http': async () => (await import('./http/http.ts')).makeHttp,
  'wasi:sockets': async () => (await import('./sockets/no-sockets.ts')).makeNoSockets,
};

/**
 * @param imports interface names with versions, all of them granted
 * @returns a factory of the imports of one instance; undefined for a component that imports none
 */
export async function linkCapabilities(imports: readonly string[]): Promise<MakeWasi | undefined> {
  const wanted = new Set(imports.map((name) => name.split('/')[0]));
  const loads = Object.entries(PACKAGES).flatMap(([name, load]) => (wanted.has(name) ? load : []));
  if (loads.length === 0) return undefined;
  const makers = await Promise.all(loads.map(async (load) => load()));
  return (host) => {
    const parts = makers.map((make) => make(host));
    return {
      imports: Object.assign({}, ...parts.map((part) => part.imports)) as Imports,
      end: () => parts.forEach((part) => part.end?.()),
    };
  };
}
