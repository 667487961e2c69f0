/** The sound that a component asks for (wit/speech-transcriber.wit). */
import { invalidComponent } from '../errors.ts';

export interface SoundInput {
  /** Samples a second. */
  sampleRate: number;
  /** Seconds. */
  longestPiece: number;
  /** ISO 639-1. */
  languages: string[];
  wordTimestamps: boolean;
}

const [LOWEST_RATE, HIGHEST_RATE] = [8_000, 48_000];

/** Checks what a component asks for; values come from inside the sandbox. @throws SandpiperError `invalid-component` */
export function checkSoundInput(want: SoundInput): SoundInput {
  const { sampleRate, longestPiece, languages } = want;
  if (sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE) {
    refuse('sample-rate', sampleRate, `from ${LOWEST_RATE} to ${HIGHEST_RATE}`);
  }
  if (!(longestPiece > 0 && Number.isFinite(longestPiece))) {
    refuse('longest-piece', longestPiece, 'seconds above 0');
  }
  const odd = languages.find((language) => !/^[a-z]{2}$/.test(language));
  if (odd !== undefined) refuse('languages', JSON.stringify(odd.slice(0, 100)), 'codes of ISO 639-1');
  return want;
}

function refuse(field: string, value: unknown, expected: string): never {
  throw invalidComponent(
    `Cannot use the sound that the component describes: ${field} is ${String(value)}, expected ${expected}`,
  );
}
