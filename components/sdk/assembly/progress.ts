/** Progress that a transcriber reports. */
import { report } from './abi/imports/host';

/**
 * Passes on text that follows what earlier calls gave; joined, they are the transcript's text.
 * `seconds` is how much of the sound is done.
 */
export function reportProgress(text: string, seconds: f64): void {
  report(changetype<usize>(text), text.length, seconds);
}
