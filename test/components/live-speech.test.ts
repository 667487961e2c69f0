/** When the speech transcriber settles what is spoken, by a clock that counts samples. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type Instantiate, buildAndLoad } from './support/guest.ts';
import { type LiveHost, createLiveHost } from './support/live-host.ts';

const MODEL = join(import.meta.dirname, '..', '..', 'models', 'moonshine-tiny', '1');
const SECOND = 16_000;
const models = Object.fromEntries(
  ['encoder', 'decoder', 'vad'].map((name) => [name, join(MODEL, `${name}.onnx`)]),
);

let instantiate: Instantiate;
let said: Float32Array;
beforeAll(async () => {
  instantiate = await buildAndLoad('speech-transcriber');
  const file = readFileSync(join(MODEL, 'sample.wav')).subarray(44);
  said = Float32Array.from({ length: file.length >> 1 }, (_, at) => file.readInt16LE(at * 2) / 32_768);
});

const heard = new Map<string, Promise<LiveHost>>();

/** The sample, silence, and the same again; what was heard at these costs is not heard twice. */
async function hear(costs: Record<string, number>): Promise<LiveHost> {
  const key = JSON.stringify(costs);
  const before = heard.get(key);
  if (before !== undefined) return before;
  const now = hearOnce(costs);
  heard.set(key, now);
  return now;
}

async function hearOnce(costs: Record<string, number>): Promise<LiveHost> {
  const pause = new Float32Array(2 * SECOND);
  const sound = new Float32Array(2 * (said.length + pause.length));
  sound.set(said);
  sound.set(said, said.length + pause.length);
  const assets = { 'vocabulary.txt': readFileSync(join(MODEL, 'vocabulary.txt')) };
  const host = createLiveHost({ models, costs, sound, assets });
  const instance = await instantiate(host.imports);
  instance.exports['transcribe']?.({ wordTimestamps: false });
  return host;
}

const busy = (encoder: number): Record<string, number> => ({
  encoder: encoder * SECOND,
  decoder: SECOND / 500,
  vad: 8,
});

test.each([0.1, 0.3, 0.48])(
  'settles within 0.7 s of a pause where the encoder takes %d s, and a step may be on its way',
  async (encoder) => {
    const { turns } = await hear(busy(encoder));
    expect(turns.map(({ text }) => text).join(' ')).toMatch(/ever tried.*ever tried/i);
    for (const { stopped, settledAt } of turns) expect(settledAt - stopped).toBeLessThan(0.7 * SECOND);
  },
);

test('steps of words that may change give way, and those that settle a turn do not', async () => {
  const { turns, rounds } = await hear(busy(0.3));
  const [first] = turns;
  const inPause = rounds.filter(({ at }) => at > (first?.stopped ?? 0) && at < (first?.settledAt ?? 0));
  expect(inPause.map(({ gaveWay }) => gaveWay)).toEqual([false]);
  expect(rounds.filter(({ at }) => at < (first?.stopped ?? 0)).map(({ gaveWay }) => gaveWay)).toContain(true);
});

test('the slower the box, the fewer the steps, and no word is lost', async () => {
  const quick = await hear({ encoder: 400, decoder: 40, vad: 8 });
  const slow = await hear({ encoder: SECOND, decoder: 400, vad: 32 });
  expect(slow.rounds.length).toBeLessThan(quick.rounds.length);
  for (const { turns } of [quick, slow])
    expect(turns.map(({ text }) => text).join(' ')).toMatch(
      /ever tried.*ever failed.*ever tried.*ever failed/i,
    );
});

test('keeps no tensor of a turn that is settled, so that a sound may go on for ever', async () => {
  const { turns } = await hear({ encoder: 400, decoder: 40, vad: 8 });
  const [first, second] = [turns[0], turns.at(-1)];
  expect(second).not.toBe(first);
  expect(second?.tensors).toBe(first?.tensors);
});
