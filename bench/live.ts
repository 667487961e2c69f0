/**
 * `npm run bench:live`: live speech at the pace of speech, beside the same clips as files.
 *
 *   npm run bench:live -- --speech FOLDER [--speakers N] [--photos FOLDER] [--minutes N --pace N] [--json]
 *
 * The folder has WAV files of 16-bit mono samples and `transcripts.tsv`, whose columns are the file, its seconds and
 * what is said in it.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { openSandpiper, type Sandpiper } from '../src/index.ts';
import { wordErrors } from '../test/accuracy/word-error-rate.ts';
import { measureFairness } from './live/fairness.ts';
import { measureGrowth } from './live/growth.ts';
import { speak, type Clip, type Heard } from './live/speaker.ts';
import { against, printSection, type Section } from './support/report.ts';
import { summarise } from './support/statistics.ts';

interface Flags {
  speech: string;
  speakers: string;
  photos?: string;
  minutes?: string;
  pace: string;
  json?: boolean;
}

const command = new Command('bench:live')
  .requiredOption('--speech <folder>', 'clips and their transcripts.tsv')
  .option('--speakers <n>', 'who speak at a time', '4')
  .option('--photos <folder>', 'photos to classify beside the speakers')
  .option('--minutes <n>', 'minutes of sound for the growth of memory')
  .option('--pace <n>', 'times the pace of speech, for the growth of memory', '1')
  .option('--json', 'one JSON document instead of tables')
  .action(async ({ speech, speakers, photos, minutes, pace, json }: Flags) => {
    await using sandpiper = await openSandpiper({ logLevel: 'error' });
    const clips = await readClips(sandpiper, speech);
    const sections = [await measureSpeakers(sandpiper, clips, Number(speakers))];
    if (photos !== undefined) sections.push(await measureFairness(sandpiper, clips, photos));
    if (minutes !== undefined)
      sections.push(await measureGrowth(sandpiper, clips, Number(minutes), Number(pace)));
    if (json === true) console.log(JSON.stringify(sections, null, 2));
    else for (const section of sections) printSection(section);
  });

async function measureSpeakers(
  sandpiper: Sandpiper,
  clips: readonly Clip[],
  speakers: number,
): Promise<Section> {
  // Each says every so-manieth clip, the longest first, so that all end at about the same time.
  const sorted = clips.toSorted((a, b) => b.pcm.byteLength - a.pcm.byteLength);
  const shares = Array.from({ length: speakers }, (_, own) =>
    sorted.filter((_clip, at) => at % speakers === own),
  );
  const [cpu, began] = [process.cpuUsage(), performance.now()];
  const heard = (await Promise.all(shares.map(async (share) => speak(sandpiper, share)))).flat();
  const { user, system } = process.cpuUsage(cpu);
  const cores = (user + system) / 1_000 / (performance.now() - began);
  const words = heard.reduce((sum, { clip }) => sum + wordErrors('', clip.reference).words, 0);
  const wrong = (text: (one: Heard) => string): number =>
    (100 * heard.reduce((sum, one) => sum + wordErrors(text(one), one.clip.reference).errors, 0)) / words;
  const [live, files] = [wrong(({ text }) => text), wrong(({ clip }) => clip.asFile)];
  const partial = summarise(defined(heard.map(({ firstWords }) => firstWords)));
  const stable = summarise(defined(heard.map(({ firstStable }) => firstStable)));
  const settled = summarise(heard.flatMap((one) => one.settled));
  const sum = (count: (one: Heard) => number): number => heard.reduce((total, one) => total + count(one), 0);
  const takenBack = (100 * sum((one) => one.takenBack)) / sum((one) => one.stableWords);
  const replaced = (100 * sum((one) => one.replacedWords)) / sum((one) => one.shownWords);
  return {
    name: 'live',
    title: `${heard.length} clips by ${speakers} speakers at a time, ${words} words`,
    rows: [
      { what: 'first words s', cells: partial },
      { what: 'first stable word s', cells: stable },
      { what: 'settled after speech s', cells: settled },
    ].map(({ what, cells: { count, p50, p95, p99 } }) => ({ what, cells: { count, p50, p95, p99 } })),
    findings: [
      `words wrong: ${live.toFixed(2)} % live and ${files.toFixed(2)} % as files: ${against(live - files, { atMost: 0.5 })} points more`,
      `first words after ${against(partial.p50, { atMost: 0.8 })} s, p50`,
      `settled after ${against(settled.p95, { atMost: 0.7 })} s, p95`,
      `stable words taken back: ${against(takenBack, { atMost: 2 })} %; tentative ones replaced: ${replaced.toFixed(0)} % of those shown`,
      `${(sum((one) => one.rounds) / sum(({ clip }) => clip.pcm.byteLength / 2 / clip.sampleRate)).toFixed(2)} steps a second of sound; ${cores.toFixed(2)} cores were busy`,
    ],
  };
}

async function readClips(sandpiper: Sandpiper, folder: string): Promise<Clip[]> {
  const rows = (await readFile(join(folder, 'transcripts.tsv'), 'utf8')).trimEnd().split(/\r?\n/).slice(1);
  const clips: Clip[] = [];
  for (const row of rows) {
    const [name = '', , reference = ''] = row.split('\t');
    const file = await readFile(join(folder, name));
    const { text, segments } = await sandpiper.transcribe('moonshine-tiny', file);
    const pcm = file.subarray(file.indexOf('data', 12, 'latin1') + 8);
    const firstWord = segments[0]?.start ?? 0;
    clips.push({ name, pcm, sampleRate: file.readUInt32LE(24), reference, firstWord, asFile: text });
  }
  return clips;
}

function defined(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined);
}

await command.parseAsync();
