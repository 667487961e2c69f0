/**
 * `npm run bench`: everything side by side in one run, medians and ratios.
 *
 *   npm run bench -- [section...] [--json] [--models DIR] [--photos DIR] [--speech DIR]
 */
import { Argument, Command } from 'commander';
import { openSandpiper } from '../src/index.ts';
import { benchClassify } from './classify-http.ts';
import { benchDetect } from './detect.ts';
import { benchHear } from './hear.ts';
import { benchInstances } from './instances.ts';
import { benchMemory } from './memory.ts';
import { benchPictures } from './pictures.ts';
import { benchReadText } from './read-text.ts';
import { benchStages } from './stages.ts';
import { benchStartup } from './startup.ts';
import { readInputs, type Inputs } from './support/inputs.ts';
import { printSection, type Section } from './support/report.ts';
import { benchTranscribe } from './transcribe.ts';
import { benchWindows } from './windows.ts';

const SECTIONS: Readonly<Record<string, (inputs: Inputs) => Promise<Section>>> = {
  classify: benchClassify,
  transcribe: (inputs) => withSandpiper(inputs, benchTranscribe),
  'read-text': (inputs) => withSandpiper(inputs, benchReadText),
  hear: (inputs) => withSandpiper(inputs, benchHear),
  detect: (inputs) => withSandpiper(inputs, benchDetect),
  windows: (inputs) => withSandpiper(inputs, benchWindows),
  pictures: benchPictures,
  instances: benchInstances,
  stages: (inputs) => withSandpiper(inputs, benchStages),
  startup: benchStartup,
  memory: benchMemory,
};

interface Flags {
  json?: boolean;
  models: string;
  photos?: string;
  speech?: string;
}

const command = new Command('bench')
  .addArgument(new Argument('[sections...]', 'what to measure').choices(Object.keys(SECTIONS)))
  .option('--json', 'one JSON document instead of tables')
  .option('--models <dir>', 'model folders', 'models')
  .option('--photos <dir>', 'photos to classify; the model’s sample by default')
  .option('--speech <dir>', 'WAV files to transcribe; the model’s sample by default')
  .action(async (named: string[], flags: Flags) => {
    const inputs = await readInputs(flags);
    const sections: Section[] = [];
    for (const name of named.length > 0 ? named : Object.keys(SECTIONS)) {
      if (process.stderr.isTTY) process.stderr.write(`measuring ${name} …\n`);
      const section = await SECTIONS[name]?.(inputs);
      if (section === undefined) continue;
      sections.push(section);
      if (flags.json !== true) printSection(section);
    }
    if (flags.json === true) console.log(JSON.stringify(sections, null, 2));
  });

async function withSandpiper(
  inputs: Inputs,
  bench: (sandpiper: Awaited<ReturnType<typeof openSandpiper>>, inputs: Inputs) => Promise<Section>,
): Promise<Section> {
  await using sandpiper = await openSandpiper({ models: inputs.models, logLevel: 'error' });
  return await bench(sandpiper, inputs);
}

await command.parseAsync();
