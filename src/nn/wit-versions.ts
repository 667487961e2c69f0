/** The releases of wasi:nn, which are incompatible. A component's imports decide which one it gets. */
import { wit20240625 } from './wit-2024-06-25.ts';
import { wit20240819 } from './wit-2024-08-19.ts';
import { wit20241028 } from './wit-2024-10-28.ts';
import type { NnImports, WasiNn } from './wasi-nn.ts';

const NEWEST = '0.2.0-rc-2024-10-28';

const ADAPTERS = {
  '0.2.0-rc-2024-06-25': wit20240625,
  '0.2.0-rc-2024-08-19': wit20240819,
  [NEWEST]: wit20241028,
} as const satisfies Record<string, (nn: WasiNn) => NnImports>;

export type NnVersion = keyof typeof ADAPTERS;

/** Oldest first. */
export const NN_VERSIONS = Object.keys(ADAPTERS) as NnVersion[];

/** @param imports interface names with versions; those of wasi:nn are all of one known release */
export function witImports(imports: readonly string[], nn: WasiNn): NnImports {
  const version = NN_VERSIONS.find((each) =>
    imports.some((name) => name.startsWith('wasi:nn/') && name.endsWith(`@${each}`)),
  );
  return ADAPTERS[version ?? NEWEST](nn);
}
