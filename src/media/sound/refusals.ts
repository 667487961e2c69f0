import { SandpiperError } from '../../errors.ts';

/** What an error lists. */
export const ACCEPTED_SOUNDS = 'WAV, AIFF, FLAC, MP3, Ogg (Opus or Vorbis) and WebM (Opus)';

/** A file that is of an accepted format and cannot be used: says why, with what to send instead. */
export function unusable(why: string): SandpiperError {
  return new SandpiperError(
    'unusable-input',
    `Cannot decode the sound: ${why}; save it again, for example as a 16-bit WAV, and send that`,
  );
}

/** A file that holds something other than an accepted sound. */
export function unsupported(what: string): SandpiperError {
  return new SandpiperError('unsupported-media', `${what} is not accepted: send ${ACCEPTED_SOUNDS}`);
}
