/**
 * A classifier of windows of numbers beside the plainest loop of the same graph: one window as short as any, the longest,
 * and as many as a recording has.
 */
import { readFile } from 'node:fs/promises';
import type { Sandpiper } from '../src/index.ts';
import { BareWindows } from './support/bare-windows.ts';
import { besideBare } from './support/beside-bare.ts';
import type { Inputs } from './support/inputs.ts';
import type { Section } from './support/report.ts';

const MODEL = 'minirocket-vowels';
const LONGEST = 256;
/** As the official split of the data has it: so many windows, each of so many steps. */
const MANY = 370;
const [MIN_STEPS, MAX_STEPS] = [7, 29];

export async function benchWindows(sandpiper: Sandpiper, { models }: Inputs): Promise<Section> {
  const bare = await BareWindows.load(`${models}/${MODEL}/1`);
  const sample = await readFile(`${models}/${MODEL}/1/sample.csv`, 'utf8');
  const [names = '', ...steps] = sample.trimEnd().split('\n');
  const many = Array.from({ length: MANY }, (_, index) =>
    stepsFrom(index, MIN_STEPS + ((index * 7) % (MAX_STEPS - MIN_STEPS + 1))),
  );
  const compared = [
    await compare(`${steps.length} steps`, sample, 40),
    await compare(`${LONGEST} steps`, [names, stepsFrom(0, LONGEST)].join('\n'), 40),
    await compare(`${MANY} windows`, [names, many.join('\n\n')].join('\n'), 4),
  ];
  return {
    name: 'windows',
    title: 'Classify windows of numbers',
    rows: compared.flatMap(({ rows }) => rows),
    findings: compared.flatMap(({ findings }) => findings),
  };

  function stepsFrom(first: number, count: number): string {
    return Array.from({ length: count }, (_, step) => steps[(first + step) % steps.length]).join('\n');
  }

  async function compare(what: string, text: string, times: number): Promise<Section> {
    const section = await besideBare({
      name: 'windows',
      title: what,
      files: Array.from({ length: times }, () => Buffer.from(text)),
      bare: (file) => bare.classify(file),
      sandpiper: (file) => sandpiper.predict(MODEL, { file }),
    });
    return {
      ...section,
      rows: section.rows.map((row) => ({ ...row, what: `${row.what}, ${what}` })),
      findings: section.findings.map((finding) => `${what}: ${finding}`),
    };
  }
}
