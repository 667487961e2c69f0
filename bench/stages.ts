/** Where a request's time goes, by the stages that the service itself reports. */
import type { Sandpiper, Timing } from '../src/index.ts';
import type { Inputs } from './support/inputs.ts';
import type { Section } from './support/report.ts';
import { median } from './support/statistics.ts';

const STAGES = ['queue', 'media', 'guest', 'compute', 'total'] as const;

export async function benchStages(sandpiper: Sandpiper, { photos, sounds }: Inputs): Promise<Section> {
  const classified = await repeat(150, (index) =>
    sandpiper.classify('efficientnet-lite0', photos[index % photos.length] as Buffer),
  );
  const transcribed = await repeat(Math.max(5, sounds.length), (index) =>
    sandpiper.transcribe('moonshine-tiny', sounds[index % sounds.length] as Buffer),
  );
  return {
    name: 'stages',
    title: 'Where the time goes (median ms; compute is part of guest)',
    rows: [
      { what: 'classify', cells: medians(classified) },
      { what: 'transcribe', cells: medians(transcribed) },
    ],
    findings: [],
  };
}

async function repeat(
  times: number,
  work: (index: number) => Promise<{ timing: Timing }>,
): Promise<Timing[]> {
  const timings = [];
  for (let index = 0; index < times; index++) timings.push((await work(index)).timing);
  return timings.slice(Math.floor(times / 5));
}

function medians(timings: readonly Timing[]): Record<string, number> {
  return Object.fromEntries(
    STAGES.map((stage) => [`${stage} ms`, median(timings.map((timing) => timing[stage]))]),
  );
}
