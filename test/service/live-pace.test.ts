/** A live sound between a client that sends it and a component that hears it, the two ends of its ring. */
import { expect, test } from 'vitest';
import { openLiveDecoder } from '../../src/media/live/open-live-decoder.ts';
import { LiveRing } from '../../src/sandbox/live-ring.ts';
import { LiveSession } from '../../src/service/live/live-session.ts';
import { enforceLiveTimeouts } from '../../src/service/live/live-timeouts.ts';

const RATE = 16_000;

function openSession(liveAheadMs: number): { live: LiveSession; component: LiveRing } {
  const format = { encoding: 'f32' as const, sampleRate: RATE };
  const decoder = openLiveDecoder(format, RATE, { soundStallMs: 1_000 });
  const limits = { liveAheadMs, liveSoundSeconds: 60 };
  const live = new LiveSession({ sampleRate: RATE, longestPiece: 1, decoder, turns: null, limits });
  return { live, component: new LiveRing(live.ring.shared) };
}

test('sound that comes faster than liveAheadMs allows is held up until the component has released some', async () => {
  const { live, component } = openSession(500);
  const sent = Float32Array.from({ length: 4 * RATE }, (_, at) => at / (4 * RATE));
  let taken = false;
  const writing = live.write(sent).then(() => (taken = true));
  const heard: number[] = [];
  while (heard.length < sent.length) {
    await expect.poll(() => component.seen.length).toBeGreaterThan(heard.length);
    const { length } = component.seen;
    // The longest piece, and half a second ahead of it.
    expect(length - heard.length).toBeLessThanOrEqual(1.5 * RATE);
    expect(taken).toBe(length === sent.length);
    heard.push(...component.read(heard.length, length));
    component.release(length);
    live.report({ kind: 'released' });
    await new Promise((resolve) => setImmediate(resolve));
  }
  await writing;
  expect(Float32Array.from(heard)).toEqual(sent);
});

test('sound that comes seconds faster than it is spoken goes with the files, and no other', async () => {
  const { live, component } = openSession(10_000);
  await live.write(new Float32Array(RATE));
  expect(component.ahead).toBe(false);
  await live.write(new Float32Array(4 * RATE));
  expect(component.ahead).toBe(true);
});

test('one that is given up lets go of the client that it holds up', async () => {
  const { live } = openSession(100);
  const writing = live.write(new Float32Array(4 * RATE));
  live[Symbol.dispose]();
  await expect(writing).rejects.toMatchObject({ code: 'client-gone' });
});

test.each([
  ['a component that works at what came is stopped at its deadline', false, 'deadline-exceeded'],
  ['one that waits for more is not, and the client has liveIdleMs', true, 'upload-too-slow'],
])('%s', async (_, asleep, code) => {
  const { component } = openSession(100);
  component.asleep = asleep;
  const sound = { ring: component, cameAt: asleep ? 0 : undefined, silentSeconds: 0 };
  const limits = { liveIdleMs: 40, liveSilenceMs: 1e9, deadlineMs: 40 };
  const { promise, resolve } = Promise.withResolvers<{ code: string }>();
  using _watch = enforceLiveTimeouts(sound, limits, resolve);
  expect(await promise).toMatchObject({ code });
});
