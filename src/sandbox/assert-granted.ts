/** Checks a component's imports against the manifest's grants. */
import { type SandpiperError, invalidComponent } from '../errors.ts';
import { NN_VERSIONS, type NnVersion } from '../nn/wit-versions.ts';
import { CAPABILITIES, type Grants } from '../capabilities/capabilities.ts';

/** Smallest granting value of each type, as JSON. */
const SMALLEST = ['true', '{}', '[]'];

/** Interfaces that need no grant, since they give only what the manifest lists. */
const ALWAYS = [
  'wasi:nn/tensor',
  'wasi:nn/graph',
  'wasi:nn/inference',
  'wasi:nn/errors',
  'wasi:config/store',
  'sandpiper:inference/assets',
  'sandpiper:inference/bound-inputs',
  'sandpiper:inference/graph-facts',
  'sandpiper:inference/sound',
  'sandpiper:inference/live-sound',
  'sandpiper:inference/progress',
  'sandpiper:inference/request-media',
  'sandpiper:inference/partial-outputs',
  'sandpiper:inference/failures',
  'sandpiper:inference/values',
  ...CAPABILITIES.flatMap(({ always = [] }) => always),
];

/** A key under the manifest's `grants`. */
export interface GrantKey {
  key: string;
  /** The smallest value that grants the import, as JSON. */
  smallest: string;
  /** Interface names without versions. */
  interfaces: readonly string[];
}

/** Keys in order of preference: if several grant an interface, messages name the first. */
export const GRANT_KEYS: readonly GrantKey[] = CAPABILITIES.flatMap(({ grants, interfaces }) =>
  Object.entries(grants).map(([key, schema]) => ({
    key,
    smallest: SMALLEST.find((value) => schema.safeParse(JSON.parse(value)).success) ?? '',
    interfaces: interfaces[key] ?? [],
  })),
);

const NN = 'wasi:nn/';

/** Packages of WASI 0.2, whose releases are compatible with one another. */
const WASI_0_2 = /^wasi:(cli|clocks|filesystem|http|io|random|sockets)\//;

/** One import of a component, and whether it is granted. */
export interface ExplainedImport {
  /** Interface name with its version, as the component states it. */
  import: string;
  granted: boolean;
  /** The key under the manifest's `grants` that decides; undefined if none does. */
  key: string | undefined;
  /** Remedy for a refused import, as half a sentence; undefined for a granted one. */
  remedy: string | undefined;
}

function isGiven(grants: Grants, key: string): boolean {
  const given: unknown = Reflect.get(grants, key);
  return given !== undefined && given !== false;
}

/** @param imports interface names with versions, as the component states them */
export function explainImports(imports: readonly string[], grants: Grants): ExplainedImport[] {
  const nnVersions = new Set(imports.filter((name) => name.startsWith(NN)).map((name) => name.split('@')[1]));
  return imports.map((name) => {
    const [plain = name, version] = name.split('@');
    const refused = (remedy: string, key?: string) => ({ import: name, granted: false, key, remedy });
    const granted = (key?: string) => ({ import: name, granted: true, key, remedy: undefined });
    const wrong = wrongVersion(plain, version, nnVersions);
    if (wrong !== undefined) return refused(wrong);
    if (ALWAYS.includes(plain)) return granted();
    const keys = GRANT_KEYS.filter(({ interfaces }) => interfaces.includes(plain));
    const [first] = keys;
    if (first === undefined) return refused('no grant covers it; build the component without it');
    const given = keys.find(({ key }) => isGiven(grants, key));
    if (given !== undefined) return granted(given.key);
    return refused(`the manifest grants it with ${toGrant([first])}`, first.key);
  });
}

/**
 * @param imports interface names with versions, as the component states them
 * @throws SandpiperError `invalid-component`, naming each refused import and the keys that would grant it
 */
export function assertGranted(component: string, imports: readonly string[], grants: Grants): void {
  const refused = explainImports(imports, grants).filter(({ granted }) => !granted);
  const single =
    refused.find(({ key }) => key === undefined) ?? (refused.length === 1 ? refused[0] : undefined);
  if (single !== undefined) {
    throw notGranted(component, `${single.import}, which is not granted: ${single.remedy}`);
  }
  if (refused.length === 0) return;
  // All in one message, so that the manifest needs to be corrected only once.
  const keys = GRANT_KEYS.filter((each) => refused.some(({ key }) => key === each.key));
  const names = refused.map((each) => each.import).join(', ');
  throw notGranted(
    component,
    `${names}, which are not granted: the manifest grants them with ${toGrant(keys)}`,
  );
}

function wrongVersion(
  plain: string,
  version: string | undefined,
  nnVersions: ReadonlySet<string | undefined>,
): string | undefined {
  if (plain.startsWith(NN)) {
    if (!NN_VERSIONS.includes(version as NnVersion)) {
      return `wasi:nn is spoken here as ${NN_VERSIONS.join(', ')}; build the component against one of them`;
    }
    if (nnVersions.size > 1)
      return 'it imports more than one release of wasi:nn; build it against one of them';
  }
  if (version === undefined) return undefined;
  if (WASI_0_2.test(plain) && !/^0\.2\.\d+$/.test(version)) {
    return 'this package is spoken here in its releases 0.2.x; build the component against one of them';
  }
  return undefined;
}

function toGrant(keys: readonly GrantKey[]): string {
  return `"grants": { ${keys.map(({ key, smallest }) => `"${key}": ${smallest}`).join(', ')} }`;
}

function notGranted(component: string, what: string): SandpiperError {
  return invalidComponent(`Component ${component} imports ${what}.`);
}
