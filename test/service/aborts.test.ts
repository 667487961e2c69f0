import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../fuzz/random.ts';
import { longSpeech } from '../support/long-speech.ts';
import { imageModel, readSample, speechModel } from '../support/models.ts';
import { startServer, type TestServer } from '../support/server.ts';

const REQUESTS = 200;
const AT_A_TIME = 24;
const MAX_MS = 120;

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ guestThreads: 2, concurrentRuns: 2, logLevel: 'silent' });
});
afterAll(async () => server[Symbol.asyncDispose]());

/** All that counts what is here, and all threads. */
async function counters(): Promise<Record<string, number>> {
  const lines = (await server.service.metrics()).split('\n');
  const counted = lines.filter((line) =>
    /^sandpiper_(requests_(present|waiting|running)|guest_threads\{|graph_runs)/.test(line),
  );
  return Object.fromEntries(
    counted.map((line) => {
      const [series = '', count] = line.split(' ');
      return [series, Number(count)] as const;
    }),
  );
}

test('after hundreds of clients that hang up at any moment nothing is left of them', async () => {
  const files = {
    photo: { path: `/models/${imageModel}`, body: (await readSample(imageModel)).bytes },
    clip: { path: `/models/${speechModel}`, body: (await readSample(speechModel)).bytes },
    long: { path: `/models/${speechModel}`, body: await longSpeech(60) },
  };
  const random = new Random(5);
  const outcomes: Record<string, number> = {};
  let left = REQUESTS;
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const { path, body } = files[random.pick(['photo', 'photo', 'photo', 'clip', 'long'] as const)];
      const hangUp = new AbortController();
      const answer = fetch(server.url + path, { method: 'POST', body, signal: hangUp.signal });
      const outcome = answer.then(async (response) => {
        await response.arrayBuffer();
        return String(response.status);
      });
      await Promise.race([outcome.catch(() => undefined), pause(random.below(MAX_MS))]);
      hangUp.abort();
      const ended = await outcome.catch(() => 'hung up');
      outcomes[ended] = (outcomes[ended] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, client));
  expect(Object.keys(outcomes).filter((outcome) => !['200', '429', 'hung up'].includes(outcome))).toEqual([]);
  expect(outcomes['hung up']).toBeGreaterThan(REQUESTS / 4);

  // Two threads that may work and a spare, and one more for each sound that had begun at one time.
  const quiet = async () => {
    const { 'sandpiper_guest_threads{state="idle"}': idle = 0, ...others } = await counters();
    return { busy: Object.entries(others).filter(([, count]) => count !== 0), enoughThreads: idle >= 3 };
  };
  await expect.poll(quiet, { timeout: 20_000, interval: 20 }).toEqual({ busy: [], enoughThreads: true });
  const { predictions } = await server.service.classify(imageModel, files.photo.body);
  expect(predictions[0]?.label).toBe('espresso');
  const { text } = await server.service.transcribe(speechModel, files.clip.body);
  expect(text).toContain('Ever tried');
});
