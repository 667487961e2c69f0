/** How memory grows with the length of one live sound. */
import type { Sandpiper } from '../../src/index.ts';
import { against, type Section } from '../support/report.ts';
import { speak, type Clip } from './speaker.ts';

/** Growth from the end of the first tenth on that counts as none. */
const MAX_MIB = 20;

export async function measureGrowth(
  sandpiper: Sandpiper,
  clips: readonly Clip[],
  minutes: number,
  pace: number,
): Promise<Section> {
  const said: Clip[] = [];
  for (let seconds = 0, at = 0; seconds < minutes * 60; at++) {
    const clip = clips[at % clips.length] as Clip;
    said.push(clip);
    seconds += clip.pcm.byteLength / 2 / clip.sampleRate;
  }
  const mib: number[] = [];
  const timer = setInterval(() => mib.push(process.memoryUsage.rss() / 2 ** 20), 500);
  const heard = await speak(sandpiper, said, pace);
  clearInterval(timer);
  const tenth = Math.ceil(mib.length / 10);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const growth = mean(mib.slice(-tenth)) - mean(mib.slice(tenth, 2 * tenth));
  return {
    name: 'live-growth',
    title: `${minutes} minutes of one live sound, at ${pace} times the pace of speech`,
    rows: [
      {
        what: 'resident MiB',
        cells: {
          begin: mean(mib.slice(tenth, 2 * tenth)),
          most: Math.max(...mib),
          end: mean(mib.slice(-tenth)),
        },
      },
    ],
    findings: [
      `memory grew by ${against(growth, { atMost: MAX_MIB })} MiB`,
      `${heard.filter(({ text }) => text.trim() !== '').length} of ${heard.length} clips gave text`,
    ],
  };
}
