/** Attackers that bring code and graphs which are small and would cost minutes or gigabytes to compile and to load. */
import { MODEL_LIMITS } from '../../src/config/limits.ts';
import { ComponentCache } from '../../src/sandbox/component/component-cache.ts';
import {
  builtIn,
  glue,
  globals,
  instancesOfInstances,
  locals,
  nestedLoops,
} from '../../test/attacks/component-bombs.ts';
import { buildGuest, buildText } from '../../test/support/attack-guest.ts';
import type { AttackHost } from '../../test/support/attack-host.ts';
import { HOSTILE_GRAPHS } from '../../test/support/hostile-graphs.ts';
import { PATIENCE_MS, type Attacker } from './attack.ts';

/** Components that are refused by reading their code, and one that only a trial process can judge. */
const COMPONENTS: Readonly<Record<string, () => string>> = {
  'a component of nested loops': () => nestedLoops(200_000, 6),
  'a component of loops by locals': () => locals(49_000, '(loop)'.repeat(60_000)),
  'a component of instances of instances': () => instancesOfInstances(60, 20),
  'a component of glue': () => glue(11, 60),
  'a component of asynchronous built-ins': () => builtIn('waitable-set.new'),
  'a component of globals': () => globals(200_000),
  'a component that is slow to compile': () => locals(900, '(loop)'.repeat(4_000)),
};

const GRAPHS = [
  'a chain of 3,000 functions',
  'a sparse tensor of two gigabytes',
  'a constant that is doubled 27 times',
  'graphs in graphs, 2,000 deep',
  'a node of 20,000 inputs',
  '50,000 constants, one after the other',
];

/** None of what they bring is kept: each time it comes as if it had never been seen. */
export async function bombers(host: AttackHost): Promise<Attacker[]> {
  const components = Object.entries(COMPONENTS).map(async ([name, text]) => {
    const bytes = await buildText(text());
    return { name, attack: async () => bringComponent(host, bytes) };
  });
  const guest = await buildGuest('load-asset-as-graph');
  const graphs = GRAPHS.map(async (name) => {
    const bytes = HOSTILE_GRAPHS[name]?.().bytes;
    await host.install(`${name}@1`, guest, {
      grants: { graphLoad: true },
      limits: { memoryBytes: 4 * MODEL_LIMITS.memoryBytes },
      asset: bytes ?? new Uint8Array(),
    });
    const bring = async () => (await host.call(`${name}@1`, { deadlineMs: PATIENCE_MS })).outcome === 'value';
    return { name: `a graph: ${name}`, attack: bring };
  });
  return Promise.all([...components, ...graphs]);
}

/** @returns true: it may be refused, or be slow and still come to its end */
async function bringComponent(host: AttackHost, bytes: Uint8Array): Promise<boolean> {
  await host.install('bomb@1', bytes, {}, new ComponentCache(undefined)).then(
    () => host.guests.uninstall('bomb@1'),
    () => undefined,
  );
  return true;
}
