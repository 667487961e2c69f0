/**
 * Transcription beside bare onnxruntime-node loops on the same clips, over the model's own graphs and over those that its
 * authors publish; clips over 30 s are left out.
 */
import { SoundDecoder } from '../src/media/sound-decoder.ts';
import { resolveSettings, type Sandpiper } from '../src/index.ts';
import { BareMoonshine } from './support/bare-moonshine.ts';
import type { Inputs } from './support/inputs.ts';
import { PublishedMoonshine } from './support/published-moonshine.ts';
import { against, type Section } from './support/report.ts';
import { median } from './support/statistics.ts';
import { timed } from './support/timed.ts';

const ROUNDS = 4;
const SAMPLE_RATE = 16_000;
const MAX_SECONDS = 30;

interface Clip {
  file: Buffer;
  samples: Float32Array;
}

/** One of those that are compared, and the milliseconds that it took for each clip and round. */
interface Contender {
  what: string;
  run: (clip: Clip) => Promise<unknown>;
  ms: number[];
}

export async function benchTranscribe(sandpiper: Sandpiper, { models, sounds }: Inputs): Promise<Section> {
  const bare = await BareMoonshine.load(`${models}/moonshine-tiny/1`);
  const published = await PublishedMoonshine.load();
  await using decoder = new SoundDecoder(resolveSettings().limits);
  const clips: Clip[] = [];
  for (const file of sounds) {
    const samples = await decoder.decode(file, SAMPLE_RATE, {});
    if (samples.length <= MAX_SECONDS * SAMPLE_RATE) clips.push({ file, samples });
  }

  const ours = contender('sandpiper', ({ file }) => sandpiper.transcribe('moonshine-tiny', file));
  const bareLoop = contender('bare onnxruntime-node', ({ samples }) => bare.transcribe(samples));
  const publishedLoop =
    published &&
    contender('the same over the published graphs', ({ samples }) => published.transcribe(samples));
  const contenders = [publishedLoop, bareLoop, ours].filter((each) => each !== undefined);
  for (let round = 0; round < ROUNDS; round++) {
    for (const clip of clips) {
      for (const { run, ms } of contenders) {
        const took = await timed(() => run(clip));
        if (round > 0) ms.push(took); // the first warms up
      }
    }
  }
  const seconds = clips.reduce((sum, { samples }) => sum + samples.length / SAMPLE_RATE, 0);
  return {
    name: 'transcribe',
    title: `Transcribe ${clips.length} clips, ${seconds.toFixed(0)} s in all`,
    rows: contenders.map(({ what, ms }) => ({
      what,
      cells: {
        'median ms a clip': median(ms),
        'total s a round': ms.reduce((a, b) => a + b, 0) / 1000 / (ROUNDS - 1),
      },
    })),
    findings: [
      `time is ${against(median(ratios(ours, bareLoop)), { atMost: 1.05 })} times the bare loop's (median over clips and rounds)`,
      publishedLoop === undefined
        ? 'not compared with the published graphs: `npm run bench:fetch` gets them'
        : `time is ${against(median(ratios(ours, publishedLoop)), { atMost: 0.42 })} times that of the bare loop over the published graphs`,
    ],
  };
}

function contender(what: string, run: Contender['run']): Contender {
  return { what, run, ms: [] };
}

function ratios(one: Contender, other: Contender): number[] {
  return one.ms.map((ms, index) => ms / (other.ms[index] ?? Number.NaN));
}
