/** Photos beside four people who speak. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sandpiper } from '../../src/index.ts';
import { against, type Section } from '../support/report.ts';
import { summarise, type Summary } from '../support/statistics.ts';
import { speak, type Clip } from './speaker.ts';

const SPEAKERS = 4;
const PHOTOS = 600;

export async function measureFairness(
  sandpiper: Sandpiper,
  clips: readonly Clip[],
  folder: string,
): Promise<Section> {
  const names = (await readdir(folder)).filter((name) => /\.jpe?g$/i.test(name)).slice(0, 50);
  const photos = await Promise.all(names.map(async (name) => readFile(join(folder, name))));
  const classify = async (): Promise<Summary> => {
    const ms: number[] = [];
    for (let at = 0; at < PHOTOS; at++) {
      const started = performance.now();
      await sandpiper.classify('efficientnet-lite0', new Uint8Array(photos[at % photos.length] as Buffer));
      ms.push(performance.now() - started);
    }
    return summarise(ms);
  };
  await classify();
  const alone = await classify();
  const over = new AbortController();
  const speaking = Array.from({ length: SPEAKERS }, async (_, own) => {
    for (let at = own; !over.signal.aborted; at += SPEAKERS)
      await speak(sandpiper, [clips[at % clips.length] as Clip]);
  });
  const beside = await classify();
  over.abort();
  await Promise.all(speaking);
  const row = (what: string, { p50, p95, p99 }: Summary) => ({
    what,
    cells: { 'p50 ms': p50, 'p95 ms': p95, 'p99 ms': p99 },
  });
  return {
    name: 'live-fairness',
    title: `A photo beside ${SPEAKERS} speakers`,
    rows: [row('alone', alone), row('beside them', beside)],
    findings: [`p99 is ${against(beside.p99 / alone.p99, { atMost: 2 })} times that alone`],
  };
}
