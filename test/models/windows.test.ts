import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSandpiper, type Sandpiper, type ScoredLabel } from '../../src/index.ts';
import { copyModels, readSample } from '../support/models.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

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

interface Event {
  label: string;
  score: number;
  start: number;
  end: number;
}

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

describe('of a request with several windows', () => {
  const lengths = [19, 7, 19, 12, 7, 1, 40];
  const windowed = (): number[][][] =>
    lengths.map((length, index) =>
      Array.from({ length }, (_, step) => rows[(index + step) % rows.length] ?? []),
    );
  const lines = (window: number[][]): string => window.map((step) => step.join(',')).join('\n');

  it('tells the label and score that each has alone, in their order', async () => {
    const windows = windowed();
    const ends = lengths.map((_, index) => lengths.slice(0, index + 1).reduce((sum, length) => sum + length));
    const events = await timeline({ windows });
    expect(events.map(({ start, end }) => [start, end])).toEqual(
      ends.map((end, index) => [end - (lengths[index] ?? 0), end]),
    );
    for (const [index, window] of windows.entries()) {
      const [alone] = await classify({ rows: window });
      expect(events[index]?.label).toBe(alone?.label);
      expect(events[index]?.score).toBeCloseTo(alone?.score ?? 0, 5);
    }
    for (const text of [windows.map(lines).join('\n\n'), JSON.stringify(windows)])
      expect(await timeline({ file: Buffer.from(text) })).toEqual(events);
  });

  it('gives the mean of all as labels', async () => {
    const windows = windowed();
    const all = await Promise.all(windows.map(async (window) => classify({ rows: window }, { top_k: 9 })));
    for (const { label, score } of await classify({ windows }, { top_k: 9 })) {
      const scores = all.map((labels) => labels.find((each) => each.label === label)?.score ?? 0);
      expect(score).toBeCloseTo(scores.reduce((sum, each) => sum + each) / scores.length, 5);
    }
  });

  it('cuts a recording of any length into windows', async () => {
    const recording = Array.from({ length: 600 }, (_, step) => rows[step % rows.length] ?? []);
    const side = await timeline({ rows: recording }, { window: 190 });
    expect(side.map(({ start, end }) => [start, end])).toEqual([
      [0, 190],
      [190, 380],
      [380, 570],
    ]);
    const overlapping = await timeline({ file: Buffer.from(lines(recording)) }, { window: 190, stride: 19 });
    expect(overlapping.map(({ start }) => start)).toEqual(
      Array.from({ length: 22 }, (_, index) => index * 19),
    );
    expect(overlapping.filter(({ start }) => start % 190 === 0)).toMatchObject(
      side.map(({ label, start, end }) => ({ label, start, end })),
    );
  });

  it('leaves the timeline out of a single window, and where it is not wanted', async () => {
    expect(await timeline({ rows }, { window: 256 })).toHaveLength(1);
    const { outputs } = await sandpiper.predict(MODEL, { rows });
    expect(Object.keys(outputs)).toEqual(['labels']);
    const { outputs: wanted } = await sandpiper.predict(
      MODEL,
      { windows: windowed() },
      { outputs: ['labels'] },
    );
    expect(Object.keys(wanted)).toEqual(['labels']);
  });

  it('runs a graph that takes one window at a time', async () => {
    await using folder = await temporaryFolder('sandpiper-windows-');
    const version = join(folder.path, 'means', '1');
    await mkdir(version, { recursive: true });
    const graph = onnxModel({
      inputs: [{ name: 'x', type: 'FLOAT', dims: [1, 2, 'time'] }],
      outputs: [{ name: 'y', type: 'FLOAT', dims: [1, 2] }],
      nodes: [
        { op: 'GlobalAveragePool', inputs: ['x'], outputs: ['means'] },
        { op: 'Flatten', inputs: ['means'], outputs: ['y'] },
      ],
    });
    await writeFile(join(version, 'model.onnx'), graph);
    await writeFile(join(version, 'labels.txt'), 'left\nright\n');
    const manifest = {
      task: 'prediction',
      component: { builtin: 'window-classifier' },
      graphs: { model: { file: 'model.onnx' } },
      assets: { 'labels.txt': { file: 'labels.txt' } },
      config: { 'most-windows': '3' },
      sample: { inputs: { rows: [[1, 0]] }, expect: { labels: 'left' } },
      grants: { logging: true },
      licence: 'none',
      source: 'this test',
    };
    await writeFile(join(version, 'model.json'), JSON.stringify(manifest));
    await using means = await openSandpiper({ models: folder.path, logLevel: 'error' });
    const ask = async (inputs: Inputs): Promise<unknown> => (await means.predict('means', inputs)).outputs;
    await expect(ask({ file: Buffer.from('0.5,0.25\n\n0.25,1\n0,0.5') })).resolves.toMatchObject({
      timeline: [
        { label: 'left', score: 0.5, start: 0, end: 1 },
        { label: 'right', score: 0.75, start: 1, end: 3 },
      ],
    });
    await expect(ask({ file: Buffer.from('1,1\n\n'.repeat(4)) })).rejects.toMatchObject({
      code: 'unusable-input',
      message: expect.stringContaining('more than 3 windows') as string,
    });
  });

  async function timeline(inputs: Inputs, parameters: Record<string, number> = {}): Promise<Event[]> {
    const { outputs } = await sandpiper.predict<{ timeline: Event[] }>(MODEL, inputs, { parameters });
    return outputs.timeline;
  }
});

describe('refuses, and says why', () => {
  it.for([
    ['a word', '1,2,three', 'no number at byte'],
    ['too few numbers in a step', '1,2,3', 'step 1 has 3 numbers, expected 12'],
    ['a gap', '1,,3,4,5,6,7,8,9,10,11,12', 'number 2 of step 1 is none'],
    ['a number out of range', `${'1,'.repeat(11)}1e99`, 'number 12 of step 1 is none, or is out of range'],
    ['only names', 'a,b,c', 'no steps'],
    [
      'more steps than it takes',
      `${'1,'.repeat(11)}1\n`.repeat(257),
      'a window of 257 steps, more than 256: "window" cuts',
    ],
    ['JSON of another kind', '[{"a": 1}]', 'no list of steps'],
    ['bytes that are no text', '\u0000\u0001\u0002', 'no steps'],
  ])('%s', async ([, text = '', reason = '']) => {
    await expect(classify({ file: Buffer.from(text) })).rejects.toMatchObject({
      code: 'unusable-input',
      message: expect.stringContaining(reason) as string,
    });
  });

  it('JSON that does not fit the schema, and a request with neither or both, and a stride alone', async () => {
    for (const wrong of [[[1, 2]], [], [['1']], { a: 1 }])
      for (const inputs of [{ rows: wrong }, { windows: [wrong] }])
        await expect(classify(inputs)).rejects.toMatchObject({ code: 'invalid-request' });
    for (const inputs of [{}, { rows, file: Buffer.from(csv) }, { rows, windows: [rows] }])
      await expect(classify(inputs)).rejects.toMatchObject({ code: 'unusable-input' });
    for (const parameters of [{ window: 0 }, { window: 257 }, { window: 5, stride: 0 }])
      await expect(classify({ rows }, parameters)).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(classify({ rows }, { stride: 5 })).rejects.toMatchObject({ code: 'unusable-input' });
  });
});
