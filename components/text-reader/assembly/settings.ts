/** The configuration of a text reader. README.md lists the keys. */
import { configInteger, configNumber, configText, failed, refuseUnknownConfig } from '../../sdk/assembly';

export class Settings {
  detector: string = configText('detector', 'detector');
  recogniser: string = configText('recogniser', 'recogniser');
  /** Pixels; a larger picture is scaled down to find its lines, which are then read from the client's own pixels. */
  longestSide: i32 = configInteger('longest-side', 960, 32, 4096);
  /** Probability from which on a pixel belongs to a line, and that a line's pixels have on average. */
  pixelThreshold: f32 = <f32>configNumber('pixel-threshold', 0.3, 0, 1);
  lineThreshold: f32 = <f32>configNumber('line-threshold', 0.6, 0, 1);
  /** The detector marks the core of a line: its area is grown by this, as a share of area over perimeter. */
  unclip: f32 = <f32>configNumber('unclip', 1.5, 0, 5);
  /** Lines beyond these, those of the lowest probability, are left out. */
  mostLines: i32 = configInteger('most-lines', 1000, 1, 10_000);
}

/** Reads the configuration; null, with a failure, if a value cannot be used or a key is unknown. */
export function readSettings(): Settings | null {
  const settings = new Settings();
  refuseUnknownConfig();
  return failed() ? null : settings;
}
