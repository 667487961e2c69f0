/** Transcription beside a bare onnxruntime-node loop on the same clips; clips over 30 s are left out. */
import { SoundDecoder } from '../src/media/decode-sound.ts';
import { resolveSettings, type Sandpiper } from '../src/index.ts';
import { BareMoonshine } from './support/bare-moonshine.ts';
import type { Inputs } from './support/inputs.ts';
import { against, type Section } from './support/report.ts';
import { median } from './support/statistics.ts';

const ROUNDS = 4;
const SAMPLE_RATE = 16_000;
const LONGEST_SECONDS = 30;

export async function benchTranscribe(sandpiper: Sandpiper, { models, sounds }: Inputs): Promise<Section> {
  const bare = await BareMoonshine.load(`${models}/moonshine-tiny/1`);
  await using decoder = new SoundDecoder(resolveSettings().limits);
  const clips = [];
  for (const file of sounds) {
    const samples = await decoder.decode(file, SAMPLE_RATE, {});
    if (samples.length <= LONGEST_SECONDS * SAMPLE_RATE) clips.push({ file, samples });
  }

  const [ours, theirs, ratios]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    for (const { file, samples } of clips) {
      const bareMs = await timed(() => bare.transcribe(samples));
      const ourMs = await timed(() => sandpiper.transcribe('moonshine-tiny', file));
      if (round === 0) continue; // warming up
      theirs.push(bareMs);
      ours.push(ourMs);
      ratios.push(ourMs / bareMs);
    }
  }
  const seconds = clips.reduce((sum, { samples }) => sum + samples.length / SAMPLE_RATE, 0);
  return {
    name: 'transcribe',
    title: `Transcribe ${clips.length} clips, ${seconds.toFixed(0)} s in all`,
    rows: [
      {
        what: 'bare onnxruntime-node',
        cells: { 'median ms a clip': median(theirs), 'total s a round': total(theirs) },
      },
      { what: 'sandpiper', cells: { 'median ms a clip': median(ours), 'total s a round': total(ours) } },
    ],
    findings: [
      `time is ${against(median(ratios), { atMost: 1.05 })} times the bare loop's (median over clips and rounds)`,
    ],
  };

  function total(ms: readonly number[]): number {
    return ms.reduce((a, b) => a + b, 0) / 1000 / (ROUNDS - 1);
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
