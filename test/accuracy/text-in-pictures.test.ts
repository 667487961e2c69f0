/** The share of mistakes of `pp-ocr-tiny` on pages that are made here, through the whole service. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSandpiper, type Sandpiper } from '../../src/index.ts';
import { modelsOf } from '../support/models.ts';
import { editDistance } from '../models/support/edit-distance.ts';
import { clean, degraded, textPages, type Page } from '../models/support/text-pages.ts';

const MODEL = 'pp-ocr-tiny';

let sandpiper: Sandpiper;
let pages: Page[];

beforeAll(async () => {
  sandpiper = await openSandpiper({ models: modelsOf([MODEL]), logLevel: 'error' });
  pages = await textPages();
});

afterAll(async () => sandpiper.close());

async function read(picture: Uint8Array): Promise<string> {
  return (await sandpiper.predict<{ text: string }>(MODEL, { picture })).outputs.text;
}

/** The share of characters, spaces and line ends among them, that are wrong on all pages. */
async function characterError(look: (page: Page) => Promise<Buffer>): Promise<number> {
  let [errors, characters] = [0, 0];
  for (const page of pages) {
    const wanted = page.lines.join('\n');
    const text = await read(await look(page));
    errors += editDistance(text, wanted);
    characters += wanted.length;
  }
  return errors / characters;
}

test('At most 1 % of the characters of 40 clean lines are wrong', async () => {
  expect(pages.flatMap(({ lines }) => lines)).toHaveLength(40);
  expect(await characterError(clean)).toBeLessThanOrEqual(0.01);
});

test('At most 3 % are wrong after perspective, blur, noise and JPEG', async () => {
  expect(await characterError(degraded)).toBeLessThanOrEqual(0.03);
});
