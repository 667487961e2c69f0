/** The service and a bare loop of the same model, in turns over the same files: times and their ratio. */
import { against, type Section } from './report.ts';
import { median } from './statistics.ts';
import { timed } from './timed.ts';

const ROUNDS = 9;
const AIM = 1.3;

export interface Comparison {
  name: string;
  title: string;
  files: readonly Buffer[];
  bare: (file: Buffer) => Promise<unknown>;
  sandpiper: (file: Buffer) => Promise<unknown>;
}

export async function besideBare({ name, title, files, bare, sandpiper }: Comparison): Promise<Section> {
  const [bareMs, ourMs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    for (const file of files) {
      const [one, other] = [await timed(() => bare(file)), await timed(() => sandpiper(file))];
      if (round < 2) continue; // these warm up
      bareMs.push(one);
      ourMs.push(other);
    }
  }
  const ratio = median(ourMs.map((ms, index) => ms / (bareMs[index] ?? Number.NaN)));
  return {
    name,
    title,
    rows: [
      { what: 'bare onnxruntime-node', cells: { 'median ms': median(bareMs) } },
      { what: 'sandpiper', cells: { 'median ms': median(ourMs) } },
    ],
    findings: [
      `time is ${against(ratio, { atMost: AIM })} times the bare loop's (median over files and rounds)`,
    ],
  };
}
