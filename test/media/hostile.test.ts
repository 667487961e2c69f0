/**
 * Damaged, malicious and unusual files of others, which are not part of the project: they lie beside it in
 * shared/eval/hostile. Each goes through both doors and must come back as a sound or a picture, or as an error
 * that is the client's to repair, within the decoders' own limits of time.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { SERVICE_LIMITS } from '../../src/config/limits.ts';
import { SandpiperError } from '../../src/errors.ts';
import { PictureDecoder } from '../../src/media/picture-decoder.ts';
import { SoundDecoder } from '../../src/media/sound-decoder.ts';
import { EVAL, lacksEval } from '../support/eval.ts';
import { wanted } from './support/pictures.ts';

const FOLDER = new URL('hostile/', EVAL);
const FOLDERS = lacksEval('hostile/') ? [] : readdirSync(FOLDER);
const SOON_MS = 5_000;

const picture = new PictureDecoder({ ...SERVICE_LIMITS, pictureDecodeMs: SOON_MS });
const sound = new SoundDecoder({ ...SERVICE_LIMITS, soundDecodeMs: SOON_MS });
afterAll(async () => {
  await picture[Symbol.asyncDispose]();
  await sound[Symbol.asyncDispose]();
});

/** The code of the refusal, or `accepted`. */
async function expectOutcome(decoding: Promise<unknown>): Promise<string> {
  try {
    await decoding;
    return 'accepted';
  } catch (thrown) {
    if (!(thrown instanceof SandpiperError)) throw thrown;
    expect(thrown.actor).toBe('client');
    expect(Math.floor(thrown.status / 100)).toBe(4);
    expect(thrown.message).not.toMatch(/\/|vips|lib|\bat .*:\d/i);
    return thrown.code;
  }
}

describe.skipIf(FOLDERS.length === 0)('of the hostile files (skipped where they are absent)', () => {
  const files = (folder: string) =>
    readdirSync(new URL(`${folder}/`, FOLDER)).map(
      (name) => [name, readFileSync(new URL(`${folder}/${name}`, FOLDER))] as const,
    );

  it.each(FOLDERS)('PictureDecoder.decode() answers or cleanly refuses all of %s', async (folder) => {
    const want = wanted({ width: 224, height: 224, fit: 'crop', cropFraction: 0.875 });
    for (const [name, bytes] of files(folder)) {
      const code = await expectOutcome(picture.decode(bytes, want));
      const pictures = ['jpeg', 'png_gif_other', 'tricky_valid', 'bomb'].includes(folder);
      if (!pictures)
        expect([name, code]).toEqual([name, expect.stringMatching(/^(unsupported|invalid-request)/)]);
    }
  });

  it.each(FOLDERS)('SoundDecoder.decode() answers or cleanly refuses all of %s', async (folder) => {
    for (const [name, bytes] of files(folder)) {
      const code = await expectOutcome(sound.decode(bytes, 16_000));
      const sounds = ['flac', 'wav', 'wav_valid_unusual'].includes(folder);
      if (!sounds)
        expect([name, code]).toEqual([
          name,
          expect.stringMatching(/^(unsupported|unusable|invalid-request)/),
        ]);
    }
  });
});
