/** Programs that use the library, each in a process of its own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { built } from './built.ts';
import { runCli, type CliOptions, type CliResult } from './cli.ts';
import { imageModel, readSample, speechModel, usualModels } from './models.ts';
import { temporaryFolder } from './temporary-folder.ts';

const index = pathToFileURL(built('src/index.ts')).href;
export const cacheDir = join(import.meta.dirname, '../../.cache');

/**
 * Runs a program that has `open`, which opens the two models that most tests ask, `ask`, which asks them, `photo`
 * and `sound`.
 */
export async function runEmbedder(program: string, options: CliOptions = {}): Promise<CliResult> {
  await using folder = await temporaryFolder('sandpiper-embedder-');
  const script = join(folder.path, 'program.mts');
  const [photo, sound] = await Promise.all([readSample(imageModel), readSample(speechModel)]);
  await writeFile(join(folder.path, 'photo'), photo.bytes);
  await writeFile(join(folder.path, 'sound'), sound.bytes);
  await writeFile(
    script,
    `import { readFileSync } from 'node:fs';
    import { openSandpiper } from ${JSON.stringify(index)};
    const photo = readFileSync(new URL('photo', import.meta.url));
    const sound = readFileSync(new URL('sound', import.meta.url));
    const open = async (more = {}) =>
      openSandpiper({ models: ${JSON.stringify(usualModels())}, cacheDir: ${JSON.stringify(cacheDir)}, ...more });
    const ask = async (sandpiper) => [
      (await sandpiper.classify(${JSON.stringify(imageModel)}, photo)).predictions[0].label,
      (await sandpiper.transcribe(${JSON.stringify(speechModel)}, sound)).text.slice(0, 10),
    ].join(', ');
    ${program}`,
  );
  return await runCli([], { ...options, script, cwd: folder.path });
}

/** The result of `ask`. */
export const ANSWER = 'espresso, Ever tried';
