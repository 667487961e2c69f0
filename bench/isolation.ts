/**
 * `npm run bench:isolation`: what a hostile component costs everybody else.
 *
 *   npm run bench:isolation -- [--json] [--requests N]
 */
import { Command } from 'commander';
import { buildGuest } from '../test/support/attack-guest.ts';
import { AttackHost } from '../test/support/attack-host.ts';
import { measureGrowth } from './isolation/growth.ts';
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
}

const command = new Command('bench:isolation')
  .option('--json', 'one JSON document instead of tables')
  .option('--requests <n>', 'hostile requests of the growth test', '10000')
  .action(async ({ json, requests }: Flags) => {
    await using host = await AttackHost.open(2);
    await host.install('good@1', await buildGuest('good'));
    for (const name of ATTACKS) await host.install(`${name}@1`, await buildGuest(name));
    const sections: Section[] = [];
    const measures = [
      measureReplacement,
      measureInstances,
      () => measureNeighbours(host, ATTACKS),
      () => measureGrowth(ATTACKS, Number(requests)),
    ];
    for (const measure of measures) {
      if (process.stderr.isTTY)
        process.stderr.write(`measuring ${sections.length + 1} of ${measures.length} …\n`);
      const section = await measure();
      sections.push(section);
      if (json !== true) printSection(section);
    }
    if (json === true) console.log(JSON.stringify(sections, null, 2));
  });

await command.parseAsync();
