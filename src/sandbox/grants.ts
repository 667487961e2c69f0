/** What a component may import: the manifest's grants against the component's own list. */
import { SandpiperError } from '../errors.ts';

export interface Grants {
  /** wasi:logging. */
  logging: boolean;
  /** wasi:nn `graph.load` from bytes; `load-by-name` needs no grant beyond the manifest's `graphs`. */
  graphLoad: boolean;
}

/** Interfaces that every component of a task may import, since they give only what the manifest lists. */
const ALWAYS = [
  'wasi:nn/tensor',
  'wasi:nn/graph',
  'wasi:nn/inference',
  'wasi:nn/errors',
  'wasi:config/store',
  'sandpiper:inference/assets',
  'sandpiper:inference/bound-inputs',
  'sandpiper:inference/sound',
  'sandpiper:inference/progress',
  'sandpiper:inference/failures',
];

/** Interfaces that a manifest key grants. */
const GRANTED: Readonly<Record<string, keyof Grants>> = { 'wasi:logging/logging': 'logging' };

const NN_VERSION = '0.2.0-rc-2024-10-28';

/**
 * @param imports interface names with versions, as the component states them
 * @throws SandpiperError `invalid-component`, naming the import and the key that would grant it
 */
export function assertGranted(component: string, imports: readonly string[], grants: Grants): void {
  for (const name of imports) {
    const [plain = name, version] = name.split('@');
    if (plain.startsWith('wasi:nn/') && version !== undefined && version !== NN_VERSION) {
      throw refused(
        component,
        name,
        `wasi:nn is spoken here as ${NN_VERSION}; build the component against it`,
      );
    }
    if (ALWAYS.includes(plain)) continue;
    const key = GRANTED[plain];
    if (key === undefined)
      throw refused(component, name, 'no grant covers it; build the component without it');
    if (!grants[key])
      throw refused(component, name, `the manifest grants it with "grants": { "${key}": true }`);
  }
}

function refused(component: string, name: string, remedy: string): SandpiperError {
  return new SandpiperError(
    'invalid-component',
    `Component ${component} imports ${name}, which is not granted: ${remedy}.`,
  );
}
