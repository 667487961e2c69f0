/** A classifier of windows of numbers beside the plainest loop of the same graph: a window as short as any, and the longest. */
import { readFile } from 'node:fs/promises';
import type { Sandpiper } from '../src/index.ts';
import { BareWindows } from './support/bare-windows.ts';
import { besideBare } from './support/beside-bare.ts';
import type { Inputs } from './support/inputs.ts';
import type { Section } from './support/report.ts';

const MODEL = 'minirocket-vowels';
const LONGEST = 256;
const TIMES = 40;

export async function benchWindows(sandpiper: Sandpiper, { models }: Inputs): Promise<Section> {
  const bare = await BareWindows.load(`${models}/${MODEL}/1`);
  const sample = await readFile(`${models}/${MODEL}/1/sample.csv`, 'utf8');
  const [names = '', ...steps] = sample.trimEnd().split('\n');
  const long = Array.from({ length: LONGEST }, (_, step) => steps[step % steps.length]);
  const name = 'windows';
  const title = 'Classify a window of numbers';
  const [short, longest] = [await compare(sample), await compare([names, ...long].join('\n'))];
  return {
    name,
    title,
    rows: [...labelled(`${steps.length} steps`, short), ...labelled(`${LONGEST} steps`, longest)],
    findings: [
      ...short.findings.map((finding) => `${steps.length} steps: ${finding}`),
      ...longest.findings.map((finding) => `${LONGEST} steps: ${finding}`),
    ],
  };

  async function compare(text: string): Promise<Section> {
    return besideBare({
      name,
      title,
      files: Array.from({ length: TIMES }, () => Buffer.from(text)),
      bare: (file) => bare.classify(file),
      sandpiper: (file) => sandpiper.predict(MODEL, { file }),
    });
  }
}

function labelled(what: string, { rows }: Section): Section['rows'] {
  return rows.map((row) => ({ ...row, what: `${row.what}, ${what}` }));
}
