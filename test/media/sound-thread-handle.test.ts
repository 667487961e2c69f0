import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SERVICE_LIMITS } from '../../src/config/limits.ts';
import { SandpiperError } from '../../src/errors.ts';
import { SoundDecoder } from '../../src/media/sound-decoder.ts';
import { SoundThreadHandle } from '../../src/media/sound-thread-handle.ts';
import { wav16 } from './support/sounds.ts';

const LIMITS = SERVICE_LIMITS;
const short = wav16(0.1, {}, () => 0.5);
/** Sixteen new samples for each of its own: takes seconds to decode. */
const slow = wav16(1_790, { sampleRate: 1_000 }, () => 0.5);
const SHORTER_S = 800;
/** Several slices, and no more. */
const shorter = wav16(SHORTER_S, { sampleRate: 1_000 }, () => 0.5);

describe('SoundDecoder', () => {
  it('holds a sound after each slice until others have gone first, and goes on where it was', async () => {
    await using decoder = new SoundDecoder(LIMITS);
    const held = Promise.withResolvers<void>();
    const others = Promise.withResolvers<void>();
    let slices = 0;
    const giveWay = async () => {
      slices++;
      held.resolve();
      await others.promise;
    };
    const long = decoder.decode(shorter, 16_000, { giveWay });
    await held.promise;
    // While it is held another has all the time that it needs, on a thread of its own.
    expect(await decoder.decode(short, 16_000)).toHaveLength(1_600);
    expect(slices).toBe(1);
    others.resolve();
    expect(await long).toHaveLength(SHORTER_S * 16_000);
  });

  it('does not count the time in which others go first', async () => {
    await using decoder = new SoundDecoder({ ...LIMITS, soundDecodeMs: 1_000 });
    let back = 0;
    const giveWay = async () => {
      await setTimeout(1_500);
      back++;
    };
    await expect(decoder.decode(slow, 16_000, { giveWay })).rejects.toMatchObject({
      message: expect.stringContaining('longer than 1000 ms'),
    });
    // The first wait alone was longer than the sound may take.
    expect(back).toBeGreaterThan(0);
  });

  it('ends a sound whose turn never comes again with the reason for that', async () => {
    await using decoder = new SoundDecoder(LIMITS);
    const reason = new SandpiperError('not-ready', 'No turn');
    await expect(decoder.decode(slow, 16_000, { giveWay: async () => Promise.reject(reason) })).rejects.toBe(
      reason,
    );
    expect(await decoder.decode(short, 16_000)).toHaveLength(1_600);
  });

  it('decodes as many side by side as may be transcribed, and lets the others wait', async () => {
    await using decoder = new SoundDecoder({ ...LIMITS, maxConcurrentTranscriptions: 2 });
    const [first, second] = [new AbortController(), new AbortController()];
    const slices = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const running = [first, second].map(async ({ signal }, at) =>
      decoder.decode(slow, 16_000, { signal, giveWay: async () => slices[at]?.resolve() }),
    );
    const outcomes = Promise.allSettled(running);
    let done = false;
    const waiting = decoder.decode(short, 16_000).then(() => (done = true));
    // Both have had a slice, in which a short sound would long be done.
    await Promise.all(slices.map(async ({ promise }) => promise));
    expect(done).toBe(false);
    first.abort();
    expect(await waiting).toBe(true);
    second.abort();
    await outcomes;
  });

  it('ends a sound that takes too long and decodes the next', async () => {
    await using decoder = new SoundDecoder({ ...LIMITS, soundDecodeMs: 500 });
    const late = decoder.decode(slow, 16_000);
    const next = decoder.decode(short, 16_000);
    await expect(late).rejects.toMatchObject({
      code: 'unusable-input',
      message: expect.stringContaining('longer than 500 ms'),
    });
    expect(await next).toHaveLength(1_600);
  });

  it('lets go of a caller at once, whether its sound waits or is decoded, and decodes the next', async () => {
    await using decoder = new SoundDecoder(LIMITS);
    await decoder.decode(short, 16_000);
    const [running, waiting] = [new AbortController(), new AbortController()];
    const deadline = new SandpiperError('deadline-exceeded', 'Too late');
    const first = decoder.decode(slow, 16_000, { signal: running.signal });
    const second = decoder.decode(slow, 16_000, { signal: waiting.signal });
    const third = decoder.decode(short, 16_000);
    waiting.abort(deadline);
    await expect(second).rejects.toBe(deadline);
    running.abort();
    await expect(first).rejects.toMatchObject({ code: 'client-gone' });
    expect(await third).toHaveLength(1_600);
    await expect(decoder.decode(short, 16_000, { signal: running.signal })).rejects.toMatchObject({
      code: 'client-gone',
    });
  });

  it('fails every call that is open when it is closed, and every later one; closing twice is fine', async () => {
    const decoder = new SoundDecoder(LIMITS);
    const open = [decoder.decode(slow, 16_000), decoder.decode(short, 16_000)];
    const outcomes = Promise.allSettled(open);
    await decoder[Symbol.asyncDispose]();
    await decoder[Symbol.asyncDispose]();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'not-ready' } });
    }
    await expect(decoder.decode(short, 16_000)).rejects.toMatchObject({ code: 'not-ready' });
  });

  it('does not keep a process alive that closes nothing', async () => {
    const source = new URL('../../src/media/sound-decoder.ts', import.meta.url);
    const script = `
      import { SoundDecoder } from ${JSON.stringify(source)};
      const decoder = new SoundDecoder(${JSON.stringify(LIMITS)});
      const samples = await decoder.decode(Buffer.from(${JSON.stringify(short.toString('base64'))}, 'base64'), 16000);
      console.log(samples.length);`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
      timeout: 20_000,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const output = child.stdout.setEncoding('utf8').toArray();
    const [code] = (await once(child, 'exit')) as [number | null];
    expect((await output).join('')).toBe('1600\n');
    expect(code).toBe(0);
  });
});

describe('SoundThreadHandle', () => {
  const breaking = new URL('fixtures/breaking-thread.ts', import.meta.url);
  const never = new AbortController().signal;
  const go = async () => undefined;

  it.each([
    ['exits', 0],
    ['throws', 1],
    ['runs out of memory', 2],
  ])('settles its call when the thread %s, and takes no other', async (_, way) => {
    const thread = new SoundThreadHandle(breaking);
    const failure = thread.decode(Uint8Array.of(way), 16_000, LIMITS, never, go);
    await expect(failure).rejects.toMatchObject({
      code: 'unusable-input',
      message: expect.not.stringContaining('secret'),
    });
    expect(thread.ended).toBe(true);
  });

  it('is ended when it does not come out of a call, and others have gone first meanwhile', async () => {
    const thread = new SoundThreadHandle(breaking);
    const asked = Promise.withResolvers<void>();
    const limits = { ...LIMITS, soundStallMs: 1_500 };
    const failure = thread.decode(Uint8Array.of(3), 16_000, limits, never, async () => asked.resolve());
    failure.catch(() => undefined);
    await asked.promise;
    await expect(failure).rejects.toMatchObject({
      code: 'unusable-input',
      message: expect.stringContaining('has not gone on for 1500 ms'),
    });
    expect(thread.ended).toBe(true);
  });

  it('says that it is the operator who must act when the thread does not start', async () => {
    const thread = new SoundThreadHandle(new URL('fixtures/no-such-thread.ts', import.meta.url));
    await expect(thread.decode(short, 16_000, LIMITS, never, go)).rejects.toMatchObject({ code: 'internal' });
  });
});
