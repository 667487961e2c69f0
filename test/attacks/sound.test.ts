/**
 * One client that sends the slowest sounds that are let in, as many as it can, and another that sends a clip now and
 * then: through the service and the real model. The clip's answers are all there, all right, and none waits for a
 * slow file's end. What they take, alone and beside the attack, is printed.
 */
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentFlac } from '../media/support/sound-attacks.ts';
import { wav16 } from '../media/support/sounds.ts';
import { readSample, speechModel } from '../support/models.ts';
import { startServer, type TestServer } from '../support/server.ts';

const CLIPS = 20;
/** At a time; most of them wait. */
const CROWD = 8;

/** Each within every bound, so that it has to be worked on. */
const SLOW: Record<string, () => Buffer> = {
  'FLAC of silence, 8 channels at 384 kHz, 12 KB': () => silentFlac(55, { sampleRate: 384_000, channels: 8 }),
  'FLAC of silence, 1 channel at 383,990 Hz, 400 s, 50 KB': () =>
    silentFlac(400, { sampleRate: 383_990, channels: 1 }),
  'FLAC of small frames, 4 MB': () => silentFlac(20, { sampleRate: 384_000, channels: 1, blockSize: 32 }),
  'WAV of 1,000 Hz, 1,790 s, 3.6 MB': () => wav16(1_790, { sampleRate: 1_000 }, () => 0),
};

let server: TestServer;
let clip: Buffer;
beforeAll(async () => {
  server = await startServer();
  clip = (await readSample(speechModel)).bytes;
  await say();
});
afterAll(async () => server[Symbol.asyncDispose]());

/** Milliseconds to the answer of a clip, which has to be right. */
async function say(): Promise<number> {
  const start = performance.now();
  const { text } = await server.service.transcribe(speechModel, clip, { client: 'other' });
  expect(text.toLowerCase()).toMatch(/^ever tried,? ever failed\.?$/);
  return performance.now() - start;
}

async function times(): Promise<{ p50: number; p99: number }> {
  const all: number[] = [];
  for (let count = 0; count < CLIPS; count++) all.push(await say());
  all.sort((a, b) => a - b);
  return { p50: Math.round(all[CLIPS >> 1] ?? 0), p99: Math.round(all.at(-1) ?? 0) };
}

describe('a clip of one client beside a crowd of', () => {
  it.each(Object.entries(SLOW))(
    '%s',
    async (name, make) => {
      const file = make();
      const alone = await times();
      const stop = new AbortController();
      const outcomes: Record<string, number> = {};
      const crowd = Array.from({ length: CROWD }, async () => {
        while (!stop.signal.aborted) {
          const outcome = await server.service
            .transcribe(speechModel, file, { client: 'crowd', signal: stop.signal })
            .then(
              () => 'answered',
              (error: unknown) => (error as { code: string }).code,
            );
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        }
      });
      // Until all places that one client may have are taken.
      await setTimeout(3_000);
      const beside = await times();
      stop.abort();
      await Promise.all(crowd);
      process.stdout.write(`${JSON.stringify({ name, bytes: file.length, alone, beside, outcomes })}\n`);
      // A slice of a quarter of a second for each other that has begun, each time that the clip gives way: far from a minute.
      expect(beside.p99).toBeLessThan(alone.p99 + 30_000);
      expect(Object.keys(outcomes)).not.toContain('internal');
      // Nothing of the crowd is left behind.
      await say();
    },
    300_000,
  );
});
