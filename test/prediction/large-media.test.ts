/** Pictures beyond `regionPixels`, sounds of half an hour and forms of many files, to a component of the open contract. */
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wavFile } from '../media/support/sounds.ts';
import { startScripted, type ScriptedServer } from '../support/scripted-predictor.ts';

const REGION_PIXELS = 10_000;
const SECONDS = 1_500;
const RATE = 16_000;

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScripted(
    {
      media: {
        describe: `const size = { tag: 'bounded', val: { longestSide: 16, multiple: 8, enlarge: false } };
          const picture = { size, filter: 'bilinear', format: 'gray8', regions: true };
          return {
            inputs: [
              { name: 'pictures', description: '', occurrence: 'repeated', kind: { tag: 'picture', val: picture } },
              { name: 'sound', description: '', occurrence: 'optional', kind: { tag: 'sound', val: { sampleRate: ${RATE} } } },
            ],
            parameters: [],
            outputs: [{ name: 'told', description: '', optional: false, kind: { tag: 'json' } }],
          };`,
        predict: `const region = { left: 0, top: 0, width: 2, height: 1 };
          const told = {
            pictures: of('pictures').map(({ originalWidth }, at) =>
              [originalWidth, [...media.readRegion('pictures', at, region, 2, 1, 'gray8')]]),
            sounds: of('sound').map((length) => {
              const read = (from, count) => [...media.readSound('sound', 0, from, count)];
              const end = Number(length);
              return [end, read(0, 2), read(end - 2, 9), read(end, 1)];
            }),
          };
          return [{ name: 'told', value: { tag: 'json', val: JSON.stringify(told) } }];`,
        files: { 'a.png': await stripes(2) },
        sample: { inputs: { pictures: [{ file: 'a.png' }] }, expect: {} },
      },
    },
    { limits: { regionPixels: REGION_PIXELS } },
  );
});
afterAll(async () => server[Symbol.asyncDispose]());

/** Columns of black and white, by turns. */
async function stripes(side: number): Promise<Buffer> {
  const pixels = new Uint8Array(side * side).map((_, at) => (at % 2 === 0 ? 0 : 255));
  return sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
    .png()
    .toBuffer();
}

test('regions are sharp up to regionPixels; beyond, the same places are read of a smaller copy', async () => {
  const { outputs } = await server.service.predict('media', {
    pictures: [await stripes(Math.sqrt(REGION_PIXELS)), await stripes(4 * Math.sqrt(REGION_PIXELS))],
  });
  const [[, sharpOnes], [width, smooth]] = (outputs['told'] as { pictures: [number, number[]][] })
    .pictures as [[number, number[]], [number, number[]]];
  expect(sharpOnes).toEqual([0, 255]);
  // In the client's own pixels still, though of a copy in which four columns are one.
  expect(width).toBe(400);
  expect(Math.min(...smooth)).toBeGreaterThan(64);
  expect(Math.max(...smooth)).toBeLessThan(192);
});

test('a sound of 25 minutes, longer than memory of the component, is read where it likes', async () => {
  // Unsigned bytes, of which 128 is silence.
  const samples = new Uint8Array(SECONDS * RATE).fill(128);
  samples.set([192, 64], samples.length - 2);
  const { outputs } = await server.service.predict('media', {
    pictures: [await stripes(2)],
    sound: wavFile(samples, { bits: 8, sampleRate: RATE }),
  });
  expect((outputs['told'] as { sounds: unknown }).sounds).toEqual([
    [SECONDS * RATE, [0, 0], [0.5, -0.5], []],
  ]);
});

test('a form with more than 64 files for one input is refused', async () => {
  const form = new FormData();
  const picture = new Blob([new Uint8Array(await stripes(2))]);
  for (let count = 0; count < 65; count++) form.append('pictures', picture, 'a.png');
  const response = await fetch(`${server.url}/models/media`, { method: 'POST', body: form });
  expect([response.status, await response.json()]).toEqual([
    400,
    { error: expect.stringMatching(/pictures/) },
  ]);
});
