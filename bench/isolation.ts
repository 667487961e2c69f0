/**
 * `npm run bench:isolation`: what a hostile component costs everybody else.
 *
 *   npm run bench:isolation -- [--json] [--requests N]
 *
 * The script has Node keep what it compiles, so that the threads that start here strip no TypeScript each time, no more
 * than compiled ones do.
 */
import { Command } from 'commander';
import { AttackHost } from '../test/support/attack-host.ts';
import { attackerOf, installAttacks } from './isolation/attack.ts';
import { bombers } from './isolation/bombs.ts';
import { measureFiles } from './isolation/files.ts';
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
}

const command = new Command('bench:isolation')
  .option('--json', 'one JSON document instead of tables')
  .option('--requests <n>', 'hostile requests of the growth test', '10000')
  .action(async ({ json, requests }: Flags) => {
    await using host = await AttackHost.open(2);
    const attacks = await installAttacks(host, ATTACKS);
    const sections: Section[] = [];
    const measures = [
      measureReplacement,
      measureHangUp,
      measureInstances,
      () =>
        measureNeighbours(
          host,
          'neighbours',
          attacks.map((named) => attackerOf(host, named)),
        ),
      async () => measureNeighbours(host, 'bombs', await bombers(host)),
      measureFiles,
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
