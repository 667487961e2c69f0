/** Small files that ask for much work: each costs its own request, and a good sound beside it is decoded rightly. */
import { afterAll, describe, expect, it } from 'vitest';
import { SERVICE_LIMITS } from '../../src/config/limits.ts';
import { SandpiperError } from '../../src/errors.ts';
import { SoundDecoder } from '../../src/media/sound-decoder.ts';
import { SOUND_ATTACKS, silentFlac } from '../media/support/sound-attacks.ts';
import { wavFile } from '../media/support/sounds.ts';

// The bounds by which the largest are refused are lower here, so that they are refused sooner.
const decoder = new SoundDecoder({ ...SERVICE_LIMITS, soundSamples: 5_000_000, soundDecodeMs: 20_000 });
afterAll(async () => decoder[Symbol.asyncDispose]());

const integers = Int16Array.from({ length: 2_000 }, (_, at) => ((at * 7_919) % 65_536) - 32_768);
const good = wavFile(new Uint8Array(integers.buffer));
const expected = Float32Array.from(integers, (value) => value / 32_768);

describe('an attack and a good sound beside it', () => {
  it.each(SOUND_ATTACKS)('$name', async ({ file, outcomes }) => {
    const attack = decoder.decode(file(), 16_000).then(
      () => 'decoded',
      (error: unknown) => (error instanceof SandpiperError ? error.code : error),
    );
    expect(await decoder.decode(good, 16_000)).toEqual(expected);
    expect(outcomes).toContain(await attack);
    expect(await decoder.decode(good, 16_000)).toEqual(expected);
  });
});

describe('the bound of channels x rate x seconds', () => {
  it('holds for what the header tells and for what comes, and names all three', async () => {
    const message = expect.stringMatching(/of 8 channels at 96000 Hz, and at most 3000000 of all channels/);
    await using strict = new SoundDecoder({ ...SERVICE_LIMITS, soundSamples: 3_000_000 });
    for (const told of [true, false]) {
      const file = silentFlac(8, { sampleRate: 96_000, channels: 8, blockSize: 4_096, told });
      await expect(strict.decode(file, 16_000)).rejects.toMatchObject({ code: 'input-too-large', message });
    }
    const less = silentFlac(3, { sampleRate: 96_000, channels: 8, blockSize: 4_096 });
    expect((await strict.decode(less, 16_000)).length).toBeGreaterThan(40_000);
  });
});
