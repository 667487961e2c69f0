/**
 * `npm run bench:load`: what becomes of the promises when many ask at once.
 *
 *   npm run bench:load -- [section...] [--json] [--seconds N] [--models DIR] [--photos DIR]
 */
import { Argument, Command } from 'commander';
import { benchAborts } from './load/aborts.ts';
import { benchBesideSpeech } from './load/beside-speech.ts';
import { benchConnections } from './load/connections.ts';
import { benchOverload } from './load/overload.ts';
import { benchTensors } from './load/tensors.ts';
import { readInputs, type Inputs } from './support/inputs.ts';
import { printSection, type Section } from './support/report.ts';

const SECTIONS: Readonly<Record<string, (inputs: Inputs, seconds: number) => Promise<Section>>> = {
  connections: benchConnections,
  tensors: benchTensors,
  'beside-speech': benchBesideSpeech,
  overload: benchOverload,
  aborts: async (inputs, seconds) => benchAborts(inputs, 6 * seconds),
};

interface Flags {
  json?: boolean;
  seconds: string;
  models: string;
  photos?: string;
}

const command = new Command('bench:load')
  .addArgument(new Argument('[sections...]', 'what to measure').choices(Object.keys(SECTIONS)))
  .option('--json', 'one JSON document instead of tables')
  .option('--seconds <n>', 'about how long one measurement takes', '10')
  .option('--models <dir>', 'model folders', 'models')
  .option('--photos <dir>', 'photos to classify; the model’s sample by default')
  .action(async (named: string[], flags: Flags) => {
    const inputs = await readInputs(flags);
    const sections: Section[] = [];
    for (const name of named.length > 0 ? named : Object.keys(SECTIONS)) {
      if (process.stderr.isTTY) process.stderr.write(`measuring ${name} …\n`);
      const section = await SECTIONS[name]?.(inputs, Number(flags.seconds));
      if (section === undefined) continue;
      sections.push(section);
      if (flags.json !== true) printSection(section);
    }
    if (flags.json === true) console.log(JSON.stringify(sections, null, 2));
  });

await command.parseAsync();
