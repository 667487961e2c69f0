/** Somebody who looks at the page: a browser of his own, with a camera and a microphone that play files. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { expect } from 'vitest';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const OPTIONS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
];

/** @param microphone a WAV file that is spoken once, from when the microphone is opened */
export async function openBrowser(microphone: string): Promise<Browser> {
  const path = process.env['CHROMIUM'];
  if (path === undefined) throw new Error('Run this by `npm run test:page`, which finds Chromium.');
  return chromium.launch({
    executablePath: path,
    args: [...OPTIONS, `--use-file-for-fake-audio-capture=${microphone}%noloop`],
  });
}

export interface Visitor extends AsyncDisposable {
  readonly page: Page;
}

/**
 * Opens the page, and leaves it again when disposed of: by then it must have loaded nothing from elsewhere, and the
 * browser must have had nothing against it but refusals of the service.
 */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    const isRefusal = /^Failed to load resource: the server responded with a status of \d+/.test(
      message.text(),
    );
    if (message.type() === 'error' && !isRefusal) faults.push(message.text());
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    const isOwn =
      protocol === 'blob:' || origin === new URL(page.url()).origin || request.isNavigationRequest();
    if (!isOwn) faults.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  return {
    page,
    [Symbol.asyncDispose]: async () => {
      await context.close();
      expect(faults).toEqual([]);
    },
  };
}

/** Asserts that axe finds no barriers. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await (
      globalThis as unknown as {
        axe: {
          run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
        };
      }
    ).axe.run();
    return violations.map(({ id, nodes }) => [
      id,
      ...nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`),
    ]);
  });
  expect(found).toEqual([]);
}

/** Nothing is cut off at the side, and nothing has to be scrolled to. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const [whole, seen] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = (
      globalThis as unknown as { document: { documentElement: { scrollWidth: number; clientWidth: number } } }
    ).document.documentElement;
    return [scrollWidth, clientWidth];
  });
  expect(whole).toBeLessThanOrEqual(seen ?? 0);
}
