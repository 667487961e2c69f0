/** Models that describe themselves, on the page in a real browser. */
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modelsDir, speechModel } from '../support/models.ts';
import { startScripted, type ScriptedServer } from '../support/scripted-predictor.ts';
import { asker, balance, embedder, finder, gatherer, weigher } from './described-models.ts';
import { runLines } from './run-lines.ts';
import { expectAccessible, openBrowser, visit } from './visitor.ts';

let described: ScriptedServer;
let browser: Browser;
beforeAll(async () => {
  described = await startScripted({ finder: await finder(), asker, embedder, weigher, gatherer, balance });
  browser = await openBrowser(join(modelsDir, speechModel, '1', 'sample.wav'));
});
afterAll(async () => {
  await browser.close();
  await described[Symbol.asyncDispose]();
});

const problem = (page: Page): Locator => page.getByRole('alert');

describe('A model that describes itself', () => {
  test('has boxes and lines of text drawn over the picture, and settings that count', async () => {
    await using visitor = await visit(browser, `${described.url}/#finder`);
    const { page } = visitor;
    await page.getByRole('button', { name: "Use the model's sample" }).click();
    const drawn = page.getByRole('img', { name: 'Found in the picture: dog, cat, sandpiper' });
    await drawn.waitFor();
    expect(await drawn.locator('polygon').first().getAttribute('points')).toBe('20,30 80,30 80,90 20,90');
    expect(await drawn.locator('text').allTextContents()).toEqual(['dog 90.0 %', 'cat 60.0 %', 'sandpiper']);
    // The drawing lies over the picture and has its shown size.
    const [over, under] = await Promise.all([
      drawn.boundingBox(),
      page.getByAltText(/^The picture/).boundingBox(),
    ]);
    expect(over).toEqual(under);
    expect(await page.getByRole('region', { name: 'lines' }).innerText()).toMatch(/sandpiper\s+80\.0 %/);
    expect(await page.getByRole('region', { name: 'Time by stage' }).count()).toBe(1);
    await expectAccessible(page);
    await page.getByText('Settings').click();
    await page.getByLabel('least').fill('0.7');
    await page.getByLabel('least').press('Tab');
    await page.getByRole('img', { name: 'Found in the picture: dog, sandpiper' }).waitFor();
    await expectAccessible(page);
    const lines = await page.getByRole('tabpanel').innerText();
    expect(lines).toContain('/models/finder?least=0.7&outputs=objects,lines');
    expect(await runLines('curl', lines)).toMatch(/"dog".*"sandpiper"/);
  });

  test('is asked in words and JSON', async () => {
    await using visitor = await visit(browser, `${described.url}/#asker`);
    const { page } = visitor;
    const send = page.getByRole('button', { name: 'Send' });
    const question = page.getByLabel(/^question/);
    // The model's sample, which can be sent as it is.
    expect(await question.inputValue()).toBe('hello');
    expect(await runLines('curl', await page.getByRole('tabpanel').innerText())).toMatch(/hello/i);
    await question.fill('');
    await send.click();
    expect(await problem(page).innerText()).toContain('question is empty');
    await question.fill('Who comes?');
    await send.click();
    await page.getByText('Who comes?, kind', { exact: true }).waitFor();
    await page.getByLabel(/^facts/).fill('{"bird": ');
    await send.click();
    expect(await problem(page).innerText()).toContain('facts is no JSON');
    await page.getByLabel(/^facts/).fill('{"bird": "a sandpiper"}');
    await page.getByText('Settings').click();
    await page.getByLabel('loud').selectOption('true');
    await page.getByLabel('mood').selectOption('curt');
    await send.click();
    await page.getByText('WHO COMES?, A SANDPIPER, CURT', { exact: true }).waitFor();
    await expectAccessible(page);
    for (const language of ['curl', 'TypeScript', 'Python']) {
      await page.getByRole('tab', { name: language }).click();
      const answer = await runLines(language, await page.getByRole('tabpanel').innerText());
      expect([language, answer]).toEqual([
        language,
        expect.stringContaining('WHO COMES?, A SANDPIPER, CURT'),
      ]);
    }
  });

  test('of several files offers each its own of the sample, in the lines to copy, too', async () => {
    await using visitor = await visit(browser, `${described.url}/#balance`);
    const { page } = visitor;
    const tellsAll = async (): Promise<void> => {
      for (const language of ['curl', 'TypeScript', 'Python']) {
        await page.getByRole('tab', { name: language }).click();
        const answer = await runLines(language, await page.getByRole('tabpanel').innerText());
        expect([language, answer]).toEqual([language, expect.stringContaining('1 : 22 : 3+1')]);
      }
    };
    await tellsAll();
    await page.getByRole('button', { name: 'Add another value of more' }).click();
    const offers = page.getByRole('button', { name: "Use the model's sample" });
    expect(await offers.count()).toBe(4);
    for (const input of ['more 2', 'left', 'right', 'more'])
      await page
        .getByRole('region', { name: input, exact: true })
        .getByRole('button', { name: "Use the model's sample" })
        .click();
    await page.getByText('1 : 22 : 3+1', { exact: true }).waitFor();
    await tellsAll();
    await expectAccessible(page);
  });

  test('gives an embedding as its numbers', async () => {
    await using visitor = await visit(browser, `${described.url}/#embedder`);
    const { page } = visitor;
    await page.getByLabel(/^text/).fill('hello');
    await page.getByRole('button', { name: 'Send' }).click();
    expect(await page.getByLabel('Values of embedding').innerText()).toBe('5  0.5000');
    expect(await page.getByRole('heading', { name: 'embedding FP32' }).innerText()).toContain('[2]');
  });

  test('takes a file that is JSON, and numbers with it, and shows those that JSON has no words for', async () => {
    await using visitor = await visit(browser, `${described.url}/#weigher`);
    const { page } = visitor;
    const file = { name: 'facts.json', mimeType: 'application/json', buffer: Buffer.from('{"a": 1}') };
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByText('8 bytes by []').waitFor();
    expect(await page.getByLabel('Values of limits').innerText()).toBe('AAAAAAAAgH8= (base64)');
    await page.getByLabel('Size 1 of weights').fill('2');
    await page.getByLabel('Values', { exact: true }).fill('[1, 2.5]');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('8 bytes by [[1,2.5]]').waitFor();
  });

  test('takes several values of an input, and keeps all digits of whole numbers', async () => {
    await using visitor = await visit(browser, `${described.url}/#gatherer`);
    const { page } = visitor;
    // What the sample gives is there, and nothing where it gives nothing that is needed.
    const [ids, more] = ['ids', 'more'].map((name) =>
      page.getByRole('group', { name: new RegExp(`^${name} INT64`) }).getByLabel('Values'),
    );
    expect([await ids?.inputValue(), await more?.inputValue()]).toEqual(['[3,4]', '']);
    expect(await page.getByLabel('Size 1 of ids').inputValue()).toBe('2');
    await page.getByLabel('Size 1 of ids').fill('1');
    await page.getByLabel(/^word The/).fill('sand');
    for (const word of ['word 2', 'word 3']) {
      await page.getByRole('button', { name: 'Add another value of word' }).click();
      await page.getByLabel(new RegExp(`^${word}`)).waitFor();
    }
    await page.getByLabel(/^word 3/).fill('piper');
    await ids?.fill('[9007199254740993]');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('sand+piper', { exact: true }).waitFor();
    expect(await page.getByLabel('Values of ids').innerText()).toBe('9007199254740993');
    await expectAccessible(page);
    for (const language of ['curl', 'TypeScript', 'Python']) {
      await page.getByRole('tab', { name: language }).click();
      const answer = await runLines(language, await page.getByRole('tabpanel').innerText());
      expect([language, answer]).toEqual([language, expect.stringMatching(/sand\+piper.*9007199254740993/)]);
    }
  });
});
