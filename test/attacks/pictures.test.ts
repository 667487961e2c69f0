/**
 * Crowds of pictures that are slow or large by design, from one address, beside good requests from another: none of
 * those may be lost, wrong or at the end of the crowd's line. Their 99th percentile is printed beside that without the
 * attack. By itself: `npx vitest run test/attacks/pictures.test.ts`.
 */
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  gifOfFrames,
  inflatingText,
  jpegOfScans,
  plainAvif,
  pngWith,
  tiffOfPages,
  webpOfFrames,
} from '../media/support/hostile-pictures.ts';
import { startCli, type RunningCli } from '../support/cli.ts';
import { imageModel, modelsDir } from '../support/models.ts';

const PHONE = [8_160, 6_144] as const;
const SECONDS = 5;
/** Many more than are decoded or answered at a time: behind all of them a good request would see all of them answered. */
const ATTACKERS = 24;
/** A connection that is closed while its file still comes: no room is left for the bodies of its client. */
const CLOSED = 0;

/** On other systems than Linux there is one loopback address, and both are one client. */
const ATTACKER = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';

const photo = await readFile(new URL('../media/fixtures/jpeg-sos-0-0.jpg', import.meta.url));
let cli: RunningCli;
let url: string;

beforeAll(async () => {
  cli = startCli(['serve', '--port', '0', '--models', modelsDir, '--log-level', 'error', '--json']);
  url = (JSON.parse(await cli.line(/"url"/)) as { url: string }).url;
  await goodRequests(1);
});
afterAll(async () => {
  cli.process.kill('SIGTERM');
  await cli.result;
});

describe('Beside a crowd of', () => {
  it.each<[string, () => Buffer | Promise<Buffer>, number[]]>([
    ['JPEG of 2,646 scans', () => jpegOfScans(PHONE, 2_646), [413]],
    ['JPEG of 50 megapixels and 100 scans', () => jpegOfScans(PHONE, 100), [200, 422, 429, 504]],
    ['JPEG that just are not slow', () => jpegOfScans([1_000, 800], 20), [200, 429, 504]],
    ['JPEG that are damaged', () => photo.subarray(0, photo.length / 2), [422, 429]],
    ['TIFF of 200,000 pages', () => tiffOfPages(200_000), [413, 429, CLOSED]],
    ['TIFF of 9,999 pages', () => tiffOfPages(9_999), [200, 429, 504]],
    ['AVIF of 50 megapixels in a thousand bytes', async () => plainAvif(PHONE), [413]],
    ['AVIF of 24 megapixels', async () => plainAvif([6_000, 4_000]), [200, 422, 429, 504]],
    ['animated WebP of 9,999 frames', async () => webpOfFrames([10, 10], 9_999), [200, 429, 504]],
    ['animated WebP of 64 megapixels', async () => webpOfFrames([8_000, 8_000], 9), [200, 422, 429, 504]],
    ['GIF of 9,999 frames', () => gifOfFrames([10, 10], 9_999), [200, 429, 504]],
    [
      'PNG with 100 MB of text',
      () => pngWith([10, 10], { before: [inflatingText(100)] }),
      [200, 422, 429, 504],
    ],
    [
      'interlaced PNG of 64 megapixels',
      () => pngWith([8_000, 8_000], { interlaced: true }),
      [200, 422, 429, 504],
    ],
  ])('%s good requests go on', { timeout: 90_000 }, async (name, file, foreseen) => {
    const bytes = await file();
    const agent = new Agent({ keepAlive: true, maxSockets: ATTACKERS, localAddress: ATTACKER });
    // Just before, so that both meet the machine in the same mood.
    const { turns: _, ...alone } = await goodRequests(SECONDS / 2);
    const until = performance.now() + SECONDS * 1_000;
    const statuses: Record<number, number> = {};
    /** The places of the crowd's pictures that were decoded in the order of all answers. */
    const decoded: number[] = [];
    const attack = Array.from({ length: ATTACKERS }, async () => {
      while (performance.now() < until) {
        const { status, answered } = await post(agent, bytes).catch(() => ({ status: CLOSED, answered: 0 }));
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (status === 200) decoded.push(answered);
      }
    });
    const { turns, ...beside } = await goodRequests(SECONDS);
    await Promise.all(attack);
    agent.destroy();
    process.stdout.write(`${JSON.stringify({ name, bytes: bytes.length, statuses, alone, beside })}\n`);
    expect([...alone.wrong, ...beside.wrong]).toEqual([]);
    expect(Object.keys(statuses).filter((status) => !foreseen.includes(Number(status)))).toEqual([]);
    const passed = turns.map(
      ({ sent, answered }) => decoded.filter((at) => at > sent && at < answered).length,
    );
    expect(median(passed)).toBeLessThan(ATTACKERS / 2);
  });
});

interface Answered {
  count: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  wrong: string[];
  turns: { sent: number; answered: number }[];
}

/** Counts what is sent and what is answered, over all connections. */
let events = 0;

/** One after another for some seconds. */
async function goodRequests(seconds: number): Promise<Answered> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  const wrong: string[] = [];
  const turns: Answered['turns'] = [];
  for (const until = performance.now() + seconds * 1_000; performance.now() < until;) {
    const start = performance.now();
    const { status, text, ...turn } = await post(agent, photo);
    times.push(performance.now() - start);
    turns.push(turn);
    if (status !== 200 || !text.includes('"espresso"')) wrong.push(`${status} ${text.slice(0, 200)}`);
  }
  agent.destroy();
  const sorted = times.toSorted((a, b) => a - b);
  const share = (part: number): number => Math.round(sorted[Math.floor(sorted.length * part)] ?? 0);
  return { count: times.length, p50: share(0.5), p99: share(0.99), wrong, turns };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

interface Answer {
  status: number;
  text: string;
  sent: number;
  answered: number;
}

async function post(agent: Agent, body: Uint8Array): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const at = events++;
    const sent = request(`${url}/models/${imageModel}`, { method: 'POST', agent }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text, sent: at, answered: events++ }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
