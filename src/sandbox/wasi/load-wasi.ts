/**
 * WASI 0.2 for components that import it; nothing of it is loaded for those that do not.
 *
 * All of it is our own, synchronous and of one instance: no part shares anything with another instance or
 * with the host, and every wait ends when the request does.
 */
import type { Imports, WasiHost } from './wasi-host.ts';

/** The imports of one WASI package for one instance. */
export interface WasiPart {
  imports: Imports;
  /** The instance has served its call: what it left open is closed. */
  end?(): void;
}

export type MakeWasi = (host: WasiHost) => WasiPart;

const PACKAGES: Readonly<Record<string, () => Promise<MakeWasi>>> = {
  'wasi:io': async () => (await import('./io.ts')).makeIo,
  'wasi:cli': async () => (await import('./cli.ts')).makeCli,
  'wasi:clocks': async () => (await import('./clocks.ts')).makeClocks,
  'wasi:random': async () => (await import('./random.ts')).makeRandom,
  'wasi:filesystem': async () => (await import('./filesystem/filesystem.ts')).makeFilesystem,
  'wasi:http': async () => (await import('./http/http.ts')).makeHttp,
  'wasi:sockets': async () => (await import('./no-sockets.ts')).makeNoSockets,
};

/**
 * @param imports interface names with versions, as a component states them; all are granted
 * @returns what makes the WASI of one instance; undefined for a component without any
 */
export async function loadWasi(imports: readonly string[]): Promise<MakeWasi | undefined> {
  const wanted = new Set(imports.map((name) => name.split('/')[0]));
  const loaders = Object.entries(PACKAGES).flatMap(([name, load]) => (wanted.has(name) ? load : []));
  if (loaders.length === 0) return undefined;
  const makers = await Promise.all(loaders.map(async (load) => load()));
  return (host) => {
    const parts = makers.map((make) => make(host));
    return {
      imports: Object.assign({}, ...parts.map((part) => part.imports)) as Imports,
      end: () => parts.forEach((part) => part.end?.()),
    };
  };
}
