/** Sounds that `yamnet` recognises, through the whole service. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSandpiper, type Sandpiper } from '../../src/index.ts';
import { copyModels, readSample, speechModel } from '../support/models.ts';
import { dialTone, soundFile } from './support/sound-files.ts';

const MODEL = 'yamnet';

interface Heard {
  labels: { label: string; score: number }[];
  timeline?: { label: string; score: number; start: number; end: number }[];
}

let models: Awaited<ReturnType<typeof copyModels>>;
let sandpiper: Sandpiper;

beforeAll(async () => {
  models = await copyModels([MODEL]);
  sandpiper = await openSandpiper({ models: models.path, logLevel: 'error' });
});

afterAll(async () => {
  await sandpiper.close();
  await models[Symbol.asyncDispose]();
});

async function hear(sound: Uint8Array, parameters = {}): Promise<Heard> {
  return (await sandpiper.predict<Heard>(MODEL, { sound }, { parameters })).outputs;
}

test('Speech is speech, best first and no more labels than were asked for', async () => {
  const { bytes } = await readSample(speechModel);
  const { labels, timeline } = await hear(bytes);
  expect(labels).toHaveLength(5);
  expect(labels[0]).toMatchObject({ label: 'Speech', score: expect.closeTo(0.95, 1) });
  const scores = labels.map(({ score }) => score);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  expect(timeline).toBeUndefined();
  expect((await hear(bytes, { top_k: 521 })).labels).toHaveLength(521);
});

test('The timeline tells when a tone began and ended, to half a second', async () => {
  const { timeline = [] } = await hear(soundFile(dialTone(12, 4, 8)), { timeline: true, threshold: 0.5 });
  const tone = timeline.filter(({ label }) => label === 'Telephone');
  expect(tone).toHaveLength(1);
  expect(Math.abs((tone[0]?.start ?? 0) - 4)).toBeLessThanOrEqual(0.97);
  expect(Math.abs((tone[0]?.end ?? 0) - 8)).toBeLessThanOrEqual(0.97);
  const silence = timeline.filter(({ label }) => label === 'Silence');
  expect(silence[0]?.start).toBe(0);
  expect(silence.at(-1)?.end).toBe(12);
});

test('What is heard for a moment counts by its clearest window where that is asked for', async () => {
  const sound = soundFile(dialTone(40, 20, 22));
  const scoreOf = async (pooling: string): Promise<number> =>
    (await hear(sound, { pooling, top_k: 521 })).labels.find(({ label }) => label === 'Telephone')?.score ??
    0;
  expect(await scoreOf('mean')).toBeLessThan(0.15);
  expect(await scoreOf('max')).toBeGreaterThan(0.9);
});

test('A sound shorter than a window is filled up with silence, and one of nothing is silent', async () => {
  expect((await hear(soundFile(dialTone(0.25, 0, 1)))).labels).toHaveLength(5);
  expect((await hear(soundFile(new Float32Array(1600)))).labels[0]?.label).toBe('Silence');
});

test('A sound that is larger than the memory of the component is heard to its end', async () => {
  const memoryBytes = 8 * 2 ** 20;
  await using small = await copyModels(
    [MODEL],
    (manifest) => (manifest.limits = { memoryBytes, deadlineMs: 60_000 }),
  );
  await using service = await openSandpiper({ models: small.path, logLevel: 'error' });
  const seconds = 240;
  const sound = dialTone(seconds, seconds - 4, seconds);
  expect(sound.byteLength).toBeGreaterThan(1.5 * memoryBytes);
  const { outputs } = await service.predict<Heard>(
    MODEL,
    { sound: soundFile(sound) },
    { parameters: { timeline: true, threshold: 0.9 } },
  );
  const tone = outputs.timeline?.find(({ label }) => label === 'Telephone');
  expect(Math.abs((tone?.start ?? 0) - (seconds - 4))).toBeLessThanOrEqual(0.97);
  expect(tone?.end).toBe(seconds);
});

test('Parameters out of their range are refused before the component sees them', async () => {
  const sound = soundFile(dialTone(1, 0, 1));
  for (const parameters of [
    { top_k: 0 },
    { top_k: 522 },
    { pooling: 'median' },
    { threshold: -1 },
    { tempo: 1 },
  ]) {
    await expect(hear(sound, parameters)).rejects.toMatchObject({ code: 'invalid-request' });
  }
});
