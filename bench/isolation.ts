/**
 * `npm run bench:isolation`: what a hostile component, graph or client costs everybody else.
 *
 *   npm run bench:isolation -- [--json] [--requests N] [--good N] [section ...]
 *
 * The script has Node keep what it compiles, so that the threads that start here strip no TypeScript each time, no more
 * than compiled ones do.
 */
import { Command } from 'commander';
import { AttackHost } from '../test/support/attack-host.ts';
import { attackerOf, installAttacks } from './isolation/attack.ts';
import { bombers } from './isolation/bombs.ts';
import { measureClients } from './isolation/clients.ts';
import { measureGrowth } from './isolation/growth.ts';
import { measureHangUp } from './isolation/hang-up.ts';
import { measureInstances } from './isolation/live-instances.ts';
import { measureNeighbours } from './isolation/neighbours.ts';
import { measureReplacement } from './isolation/replacement.ts';
import { printSection, type Section } from './support/report.ts';

/** Guests of test/guests that attack in different ways; each is over soon, by itself or by its limits. */
const ATTACKS = [
  'trap',
  'deep-recursion',
  'grow-memory',
  'log-flood',
  'output-flood',
  'leak-tensors',
  'forged-handle',
  'loop-forever',
];

interface Flags {
  json?: boolean;
  requests: string;
  good: string;
}

const command = new Command('bench:isolation')
  .option('--json', 'one JSON document instead of tables')
  .option('--requests <n>', 'hostile requests of the growth test', '10000')
  .option('--good <n>', 'good requests beside each attack', '200')
  .argument('[sections...]', 'sections to measure, such as clients; by default all')
  .action(async (names: string[], { json, requests, good }: Flags) => {
    await using host = await AttackHost.open(2);
    const attacks = await installAttacks(host, ATTACKS);
    const beside = Number(good);
    const measures: Record<string, () => Promise<Section>> = {
      replacement: measureReplacement,
      'hang-up': measureHangUp,
      instances: measureInstances,
      neighbours: async () => {
        const attackers = attacks.map((named) => attackerOf(host, named));
        return measureNeighbours(host, 'neighbours', attackers, beside);
      },
      bombs: async () => measureNeighbours(host, 'bombs', await bombers(host), beside),
      clients: async () => measureClients(beside),
      growth: async () => measureGrowth(ATTACKS, Number(requests)),
    };
    const chosen = names.length > 0 ? names : Object.keys(measures);
    const sections: Section[] = [];
    for (const name of chosen) {
      if (process.stderr.isTTY) process.stderr.write(`measuring ${name} …\n`);
      const section = await measures[name]?.();
      if (section === undefined)
        throw new Error(`${name} is no section: ${Object.keys(measures).join(', ')}.`);
      sections.push(section);
      if (json !== true) printSection(section);
    }
    if (json === true) console.log(JSON.stringify(sections, null, 2));
  });

await command.parseAsync();
