import { SandpiperError, unusableInput } from '../../errors.ts';

/** The list for error messages. */
export const ACCEPTED_SOUNDS = 'WAV, AIFF, FLAC, MP3, Ogg (Opus or Vorbis) or WebM (Opus)';

/** The error for an unusable file of an accepted format, with the reason and the remedy. */
export function unusable(why: string): SandpiperError {
  return unusableInput(
    `Cannot decode the sound: ${why}; save it again, for example as a 16-bit WAV, and send that`,
  );
}

/** The error for a file without an accepted sound. */
export function unsupported(what: string): SandpiperError {
  return new SandpiperError('unsupported-media', `${what} is not accepted: send ${ACCEPTED_SOUNDS}`);
}
