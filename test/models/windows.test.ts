import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSandpiper, type Sandpiper, type ScoredLabel } from '../../src/index.ts';
import { copyModels, readSample } from '../support/models.ts';

const MODEL = 'minirocket-vowels';

let sandpiper: Sandpiper;
let models: Awaited<ReturnType<typeof copyModels>>;
let csv: string;
let rows: number[][];

beforeAll(async () => {
  models = await copyModels([MODEL]);
  sandpiper = await openSandpiper({ models: models.path, logLevel: 'error' });
  csv = (await readSample(MODEL)).bytes.toString();
  const [, ...lines] = csv.trimEnd().split('\n');
  rows = lines.map((line) => line.split(',').map(Number));
});

afterAll(async () => {
  await sandpiper.close();
  await models[Symbol.asyncDispose]();
});

type Inputs = Parameters<Sandpiper['predict']>[1];

async function classify(inputs: Inputs, parameters: Record<string, number> = {}): Promise<ScoredLabel[]> {
  const { outputs } = await sandpiper.predict<{ labels: ScoredLabel[] }>(MODEL, inputs, { parameters });
  return outputs.labels;
}

it('tells the speaker, and how likely each of the nine is', async () => {
  const labels = await classify({ file: Buffer.from(csv) }, { top_k: 9 });
  expect(labels[0]).toMatchObject({ label: 'speaker 1' });
  expect(labels[0]?.score).toBeGreaterThan(0.9);
  expect(labels).toHaveLength(9);
  expect(labels.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 4);
  await expect(classify({ file: Buffer.from(csv) })).resolves.toHaveLength(5);
});

it('says the same of CSV in any of its forms, of JSON, and of JSON in a file', async () => {
  const labels = await classify({ file: Buffer.from(csv) });
  const [, ...lines] = csv.trimEnd().split('\n');
  for (const text of [
    lines.join('\n'),
    lines.join('\r\n').replaceAll(',', '; '),
    csv.replaceAll(',', '\t'),
    JSON.stringify(rows),
  ])
    expect(await classify({ file: Buffer.from(text) })).toEqual(labels);
  expect(await classify({ rows })).toEqual(labels);
});

it('takes windows of any length up to the longest', async () => {
  const long = Array.from({ length: 256 }, (_, step) => rows[step % rows.length] ?? []);
  for (const window of [rows.slice(0, 1), rows.slice(0, 7), long])
    await expect(classify({ rows: window })).resolves.toHaveLength(5);
});

describe('refuses, and says why', () => {
  it.for([
    ['a word', '1,2,three', 'no number at byte'],
    ['too few numbers in a step', '1,2,3', 'step 1 has 3 numbers, expected 12'],
    ['a gap', '1,,3,4,5,6,7,8,9,10,11,12', 'number 2 of step 1 is none'],
    ['a number out of range', `${'1,'.repeat(11)}1e99`, 'number 12 of step 1 is none, or is out of range'],
    ['only names', 'a,b,c', 'no steps'],
    ['more steps than it takes', `${'1,'.repeat(11)}1\n`.repeat(257), 'more than 256 steps'],
    ['JSON of another kind', '[{"a": 1}]', 'no list of steps'],
    ['bytes that are no text', '\u0000\u0001\u0002', 'no steps'],
  ])('%s', async ([, text = '', reason = '']) => {
    await expect(classify({ file: Buffer.from(text) })).rejects.toMatchObject({
      code: 'unusable-input',
      message: expect.stringContaining(reason) as string,
    });
  });

  it('JSON that does not fit the schema, and a request with neither or both', async () => {
    for (const wrong of [[[1, 2]], [], [['1']], { a: 1 }])
      await expect(classify({ rows: wrong })).rejects.toMatchObject({ code: 'invalid-request' });
    for (const inputs of [{}, { rows, file: Buffer.from(csv) }])
      await expect(classify(inputs)).rejects.toMatchObject({ code: 'unusable-input' });
  });
});
