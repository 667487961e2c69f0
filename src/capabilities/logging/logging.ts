/** wasi:logging: lines for the log of the service, within `logBytes`. */
import type { WasiHost, WasiPart } from '../wasi-host.ts';

export function makeLogging({ log }: Pick<WasiHost, 'log'>): WasiPart {
  return { imports: { 'wasi:logging/logging': { log } } };
}
