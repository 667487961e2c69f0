/** The page in a real browser, on the real service with the real models. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDoor, type Door } from '../support/door.ts';
import { loadingService } from '../support/loading-service.ts';
import { imageModel, modelsDir, speechModel } from '../support/models.ts';
import { identityModel } from '../support/onnx-models.ts';
import { repository } from '../support/readme.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { writeMicrophone } from './microphone.ts';
import { runLines } from './run-lines.ts';
import { expectAccessible, expectNoSidewaysScroll, openBrowser, visit } from './visitor.ts';

const key = 'a-key-of-somebody-01';
const hastyKey = 'a-key-that-is-slow-1';
const photo = join(modelsDir, imageModel, '1', 'sample.png');
const sound = join(modelsDir, speechModel, '1', 'sample.wav');

let server: TestServer;
/** Without components: one that gives back what it gets, and one that cannot be loaded. */
let graphs: TestServer;
let guarded: Door;
let browser: Browser;
const cleanUp = new AsyncDisposableStack();
beforeAll(async () => {
  const models = cleanUp.use(await temporaryFolder('sandpiper-graphs-'));
  for (const [name, graph] of [
    ['echo', identityModel('FLOAT', ['batch', 3])],
    ['broken', 'no graph'],
  ] as const) {
    await mkdir(join(models.path, name, '1'), { recursive: true });
    await writeFile(join(models.path, name, '1', 'model.onnx'), graph);
  }
  server = cleanUp.use(await startServer({ models: modelsDir }));
  graphs = cleanUp.use(await startServer({ models: models.path }));
  const keys = [
    { name: 'somebody', key, models: [imageModel] },
    { name: 'hasty', key: hastyKey, models: [imageModel], requestsPerMinute: 30, burst: 5 },
  ];
  guarded = cleanUp.use(await openDoor(server.service, { keys: JSON.stringify(keys) }));
  const microphone = join(models.path, 'microphone.wav');
  await writeMicrophone(sound, microphone);
  browser = await openBrowser(microphone);
  cleanUp.defer(async () => browser.close());
});
afterAll(async () => cleanUp.disposeAsync());

const sample = (page: Page): Locator => page.getByRole('button', { name: "Use the model's sample" });
const bars = (page: Page): Locator =>
  page.getByRole('list', { name: 'Labels, best first' }).getByRole('listitem');
const problem = (page: Page): Locator => page.getByRole('alert');
const transcript = (page: Page): Locator => page.getByLabel('Transcript', { exact: true });

/** Where the README's pictures are asked for, what is seen is one. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['PICTURES'];
  if (folder === undefined) return;
  await mkdir(join(repository, folder), { recursive: true });
  await page.mouse.move(0, 0);
  const seen = sharp(await page.screenshot());
  await seen.png({ palette: true, quality: 85, effort: 10 }).toFile(join(repository, folder, `${name}.png`));
}

describe('A photo', () => {
  test("that is the model's sample becomes labels as bars, with the time by stage", async () => {
    await using visitor = await visit(browser, server.url);
    const { page } = visitor;
    await sample(page).click();
    await bars(page).first().waitFor();
    expect(await bars(page).allInnerTexts()).toHaveLength(5);
    expect(await bars(page).first().innerText()).toMatch(/^espresso\s+9\d\.\d %/);
    expect(await page.getByRole('region', { name: 'Time by stage' }).innerText()).toMatch(
      /ms in the service.*decoding the file.*the component.*the graph/s,
    );
    await expectAccessible(page);
  });

  test.each([
    ['object-detection', /^person 7\d\.\d %$/],
    ['image-to-text', /^The sandpiper runs$/],
  ])('has drawn over it what a shipped model for %s finds', async (task, first) => {
    const name = server.service.models().find((model) => model.task === task)?.name ?? 'none';
    await using visitor = await visit(browser, `${server.url}/#${name}`);
    const { page } = visitor;
    await sample(page).click();
    const drawn = page.getByRole('img', { name: /^Found in the picture: / });
    await drawn.waitFor();
    expect((await drawn.locator('text').allTextContents())[0]).toMatch(first);
    await expectAccessible(page);
    if (task === 'object-detection') await picture(page, 'photo');
  });

  test('may be chosen, dropped or pasted', async () => {
    await using visitor = await visit(browser, server.url);
    const { page } = visitor;
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: 'Choose a file' }).click(),
    ]);
    await chooser.setFiles(photo);
    await bars(page).first().waitFor();
    const bytes = (await readFile(photo)).toString('base64');
    for (const event of ['drop', 'paste']) {
      await page.evaluate(`(${GIVE_FILE})(${JSON.stringify([event, bytes, `${event}.png`])})`);
      await page.getByRole('img', { name: `The picture ${event}.png` }).waitFor();
      await bars(page).first().waitFor();
      expect(await bars(page).first().innerText()).toContain('espresso');
    }
  });

  test('may be taken by the camera', async () => {
    await using visitor = await visit(browser, server.url);
    const { page } = visitor;
    await page.getByRole('button', { name: 'Take a photo' }).click();
    const dialog = page.getByRole('dialog', { name: 'Take a photo' });
    await dialog.getByRole('button', { name: 'Take it' }).click();
    await bars(page).first().waitFor();
    expect(await page.getByRole('img', { name: 'The picture camera.jpg' }).count()).toBe(1);
  });

  test('that is none is refused in words, and so is one that is too large before it is sent', async () => {
    await using visitor = await visit(browser, server.url);
    const { page } = visitor;
    const field = page.locator('input[type=file]');
    await field.setInputFiles({ name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no photo') });
    expect(await problem(page).innerText()).toMatch(/^Not a format that is known here\s/);
    await expectAccessible(page);
    await using folder = await temporaryFolder('sandpiper-large-');
    const large = join(folder.path, 'large.jpg');
    await writeFile(large, Buffer.alloc(25_000_001));
    await field.setInputFiles(large);
    expect(await problem(page).innerText()).toContain('large.jpg has 25 MB, and this service takes 25 MB.');
    await field.setInputFiles(photo);
    await bars(page).first().waitFor();
  });
});

describe('Speech', () => {
  test('that is spoken becomes words while it comes, and is played with them afterwards', async () => {
    await using visitor = await visit(browser, `${server.url}/#${speechModel}`);
    const { page } = visitor;
    await page.getByText('Words come while you speak.').waitFor();
    await page.getByRole('button', { name: 'Record' }).click();
    // Told apart by their look, and by words for those who do not see it.
    await page.locator('.tentative', { hasText: /\w+/ }).waitFor();
    expect(await page.locator('.tentative').textContent()).toMatch(/^ \(not certain yet: .*\)$/s);
    await page.locator('.stable', { hasText: /tried/i }).waitFor();
    await expectAccessible(page);
    await picture(page, 'speech');
    await page.getByRole('button', { name: /^Stop, [6-9] s/ }).click();
    const word = page.getByRole('button', { name: /^failed/ });
    await word.waitFor();
    expect(await transcript(page).innerText()).toMatch(/ever tried.*ever failed\./i);
    const audio = page.getByLabel('The sound recording.wav');
    await word.click();
    await page.locator('.word.now', { hasText: 'failed' }).waitFor();
    expect(
      await audio.evaluate((element) => (element as unknown as { currentTime: number }).currentTime),
    ).toBeGreaterThan(0.5);
    await expectAccessible(page);
  });

  test('of a file comes as text with its progress, and as subtitles like those of the service', async () => {
    await using visitor = await visit(browser, `${server.url}/#${speechModel}`);
    const { page } = visitor;
    await page.locator('input[type=file]').setInputFiles(sound);
    await page.getByText(/s of sound, heard in/).waitFor();
    expect(await transcript(page).innerText()).toMatch(/ever tried/i);
    for (const format of ['srt', 'vtt', 'txt']) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: format.toUpperCase(), exact: true }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(`sample.${format}`);
      const form = new FormData();
      form.set('file', new Blob([new Uint8Array(await readFile(sound))]), 'sample.wav');
      form.set('model', speechModel);
      form.set('response_format', format === 'txt' ? 'text' : format);
      const answer = await fetch(`${server.url}/v1/audio/transcriptions`, { method: 'POST', body: form });
      expect(await readFile(await download.path(), 'utf8')).toBe(await answer.text());
    }
  });

  test('that is no sound is refused in words', async () => {
    await using visitor = await visit(browser, `${server.url}/#${speechModel}`);
    const { page } = visitor;
    await page.locator('input[type=file]').setInputFiles(photo);
    expect(await problem(page).innerText()).toMatch(/^Not a format that is known here/);
  });
});

describe('Tensors', () => {
  test('have a form that is filled with zeros and can be sent', async () => {
    await using visitor = await visit(browser, `${graphs.url}/#echo`);
    const { page } = visitor;
    await page.getByRole('button', { name: 'Send' }).click();
    expect(await page.getByLabel('Values of y').innerText()).toBe('0  0  0');
    await page.getByLabel('Size 1 of x').fill('2');
    await page.getByLabel('Values', { exact: true }).fill('[1, 2, 3, 4, 5, 6.5]');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('from 1 to 6.500').waitFor();
    expect(await page.getByRole('heading', { name: 'y FP32' }).innerText()).toBe(
      'y FP32 [2 × 3], from 1 to 6.500, mean 3.583',
    );
    await expectAccessible(page);
    await page.getByLabel('Values', { exact: true }).fill('one, two');
    await page.getByRole('button', { name: 'Send' }).click();
    expect(await problem(page).innerText()).toContain('The values of x are no list in JSON');
    await page.getByLabel('Values', { exact: true }).fill('[1]');
    await page.getByRole('button', { name: 'Send' }).click();
    expect(await problem(page).innerText()).toMatch(/^This cannot be used/);
  });
});

describe('The lines of the same request', () => {
  test.each(['curl', 'TypeScript', 'Python'])('run as they are copied, in %s', async (language) => {
    await using visitor = await visit(browser, guarded.url);
    const { page } = visitor;
    await giveKey(page, key);
    await page.getByRole('tab', { name: language }).click();
    const panel = page.getByRole('tabpanel');
    expect(await panel.locator('mark').first().innerText()).toBe('YOUR_KEY');
    expect(await runLines(language, (await panel.innerText()).replaceAll('YOUR_KEY', key))).toContain(
      'espresso',
    );
  });

  test.each(['curl', 'TypeScript', 'Python'])('send tensors, in %s', async (language) => {
    await using visitor = await visit(browser, `${graphs.url}/#echo`);
    const { page } = visitor;
    await page.getByLabel('Size 1 of x').fill('700');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByLabel('Values of y').waitFor();
    await page.getByRole('tab', { name: language }).click();
    const lines = await page.getByRole('tabpanel').innerText();
    // Its 2,100 zeros are not written out.
    expect(lines.length).toBeLessThan(700);
    expect(await runLines(language, lines)).toContain('"shape":[700,3]');
  });

  test.each(['curl', 'TypeScript'])('send a form, in %s', async (language) => {
    await using visitor = await visit(browser, `${server.url}/#${speechModel}`);
    const { page } = visitor;
    await page.getByRole('tab', { name: language }).click();
    const answer = await runLines(language, await page.getByRole('tabpanel').innerText());
    expect(answer).toContain('transcript.text.done');
  });
});

describe('A key', () => {
  test('is asked for where the service wants one, and stays in its tab', async () => {
    await using visitor = await visit(browser, guarded.url);
    const { page } = visitor;
    await page.getByRole('heading', { name: 'This service asks for a key' }).waitFor();
    await expectAccessible(page);
    await giveKey(page, 'a-key-of-nobody-0001', false);
    await page.getByRole('heading', { name: 'This key is not known here' }).waitFor();
    await giveKey(page, key);
    expect(await page.getByRole('navigation').getByRole('button').innerText()).toBe('Key in use');
    expect(await page.getByRole('link', { name: speechModel }).count()).toBe(0);
    await sample(page).click();
    await bars(page).first().waitFor();
    const another = await page.context().newPage();
    await another.goto(guarded.url);
    await another.getByRole('heading', { name: 'This service asks for a key' }).waitFor();
    const { cookies, origins } = await page.context().storageState();
    expect([cookies, origins]).toEqual([[], []]);
  });

  test('that is over its rate is told to wait, and may then try again', async () => {
    await using visitor = await visit(browser, guarded.url);
    const { page } = visitor;
    await giveKey(page, hastyKey);
    await expect
      .poll(async () => {
        await sample(page).click();
        return problem(page).count();
      })
      .toBe(1);
    expect(await problem(page).innerText()).toMatch(
      /^Busy\s+This key may ask 30 times a minute: try again in \d s\./,
    );
    const again = problem(page).getByRole('button');
    expect(await again.innerText()).toMatch(/^Try again in \d s$/);
    expect(await again.isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Try again', exact: true }).click();
  });
});

describe('Anybody', () => {
  test('finds the page usable on a phone, in the dark, and at 320 pixels', async () => {
    await using visitor = await visit(browser, server.url, {
      viewport: { width: 390, height: 844 },
      deviceScaleFactor: 2,
      hasTouch: true,
      isMobile: true,
      colorScheme: 'dark',
    });
    const { page } = visitor;
    await sample(page).tap();
    await bars(page).first().waitFor();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await bars(page).last().scrollIntoViewIfNeeded();
    await picture(page, 'phone');
    await page.setViewportSize({ width: 320, height: 640 });
    for (const [url, model] of [
      [server.url, speechModel],
      [graphs.url, 'echo'],
      [graphs.url, 'broken'],
      [server.url, imageModel],
    ] as const) {
      await page.goto(`${url}/#${model}`);
      await page.getByRole('heading', { name: model }).waitFor();
      await expectNoSidewaysScroll(page);
      await expectAccessible(page);
    }
  });

  test('gets along with a keyboard alone', async () => {
    await using visitor = await visit(browser, server.url);
    const { page } = visitor;
    await sample(page).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(FOCUSED)).toBe('Skip to the model');
    await page.keyboard.press('Enter');
    const passed = [];
    while (passed.at(-1) !== "Use the model's sample" && passed.length < 10) {
      await page.keyboard.press('Tab');
      passed.push(await page.evaluate(FOCUSED));
    }
    await page.keyboard.press('Enter');
    await bars(page).first().waitFor();
    await page.getByRole('tab', { name: 'curl' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate(FOCUSED)).toBe('TypeScript');
    expect(await page.getByRole('tabpanel').innerText()).toContain('await fetch');
  });

  test('sees what is not in service, and why', async () => {
    await using visitor = await visit(browser, `${graphs.url}/#broken`);
    const { page } = visitor;
    await page.getByText('Ready, 1 of 2 models').waitFor();
    await page.getByText('Not in service', { exact: true }).waitFor();
    expect(await page.getByRole('link', { name: 'broken' }).innerText()).toContain('not in service');
  });

  test('sees what the service does', async () => {
    await using visitor = await visit(browser, server.url);
    const { page } = visitor;
    const now = page.getByRole('region', { name: 'This service now' });
    await now.getByText(/\d+ answered/).waitFor();
    const answered = async (): Promise<number> => Number(/(\d+) answered/.exec(await now.innerText())?.[1]);
    const before = await answered();
    await sample(page).click();
    await expect.poll(answered).toBeGreaterThan(before);
    expect(await now.innerText()).toMatch(/Queue.*waiting.*Latency.*p50.*p99.*Memory.*MB/s);
  });

  test('who comes while the service loads waits on the page', async () => {
    await using service = loadingService();
    await using door = await openDoor(service);
    await using visitor = await visit(browser, door.url);
    const { page } = visitor;
    await page.getByText('Loading its models…').waitFor();
    await service.load();
    await sample(page).click();
    await bars(page).first().waitFor();
    expect(await page.getByRole('banner').getByRole('status').innerText()).toMatch(/^Ready/);
  });

  test('reads the description of the API in the same look', async () => {
    await using visitor = await visit(browser, `${server.url}/docs`);
    const { page } = visitor;
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Try the models' }).click();
    await sample(page).waitFor();
  });
});

const FOCUSED = `document.activeElement?.textContent.trim()`;

/** Gives a file to the page by an event that only a browser's own user can otherwise make. */
const GIVE_FILE = `([type, base64, name]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.fromBase64(base64)], name, { type: 'image/png' }));
  const event = type === 'drop' ? new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true })
    : new ClipboardEvent(type, { clipboardData: data, bubbles: true, cancelable: true });
  (type === 'drop' ? document.querySelector('.drop') : document).dispatchEvent(event);
}`;

async function giveKey(page: Page, text: string, works = true): Promise<void> {
  await page.getByRole('navigation').getByRole('button').click();
  const dialog = page.getByRole('dialog', { name: 'Your key' });
  await dialog.getByLabel('Key', { exact: true }).fill(text);
  await dialog.getByRole('button', { name: 'Use it' }).click();
  if (works) await sample(page).waitFor();
}
