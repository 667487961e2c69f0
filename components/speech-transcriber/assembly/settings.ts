/** The configuration of a Moonshine transcriber. README.md lists the keys. */
import {
  configInteger,
  configNumber,
  configText,
  failed,
  refuseUnknownConfig,
  FailureKind,
  fail,
} from '../../sdk/assembly';

/** Samples a second; what Moonshine and Silero were both trained on. */
export const SAMPLE_RATE: u32 = 16_000;

export class Settings {
  encoder: string = configText('encoder', 'encoder');
  decoder: string = configText('decoder', 'decoder');
  vad: string = configText('vad', 'vad');
  vocabulary: string = configText('vocabulary', 'vocabulary.txt');
  language: string = configText('language', 'en');

  layers: i32 = configInteger('layers', 6, 1, 64);
  heads: i32 = configInteger('heads', 8, 1, 256);
  headSize: i32 = configInteger('head-size', 36, 1, 1024);
  startToken: i32 = configInteger('start-token', 1, 0, 1_000_000);
  endToken: i32 = configInteger('end-token', 2, 0, 1_000_000);

  /** Samples from one of the decoder's frames to the next. */
  frameSamples: i32 = configInteger('frame-samples', 384, 1, 48_000);

  /** What a piece may give at the most; fast speech stays below. */
  tokensPerSecond: f64 = configNumber('tokens-per-second', 6.5, 1, 50);
  /** Seconds. Longer sound is cut at a silence between these two marks. */
  shortestPiece: f64 = configNumber('shortest-piece', 15, 1, 60);
  longestPiece: f64 = configNumber('longest-piece', 30, 2, 60);
  /** Seconds. A longer segment is cut again, wherever that is least wrong. */
  longestSegment: f64 = configNumber('longest-segment', 7, 1, 60);
  /** Probability from which on a frame is speech. */
  speechThreshold: f64 = configNumber('speech-threshold', 0.5, 0, 1);
}

/** Reads the configuration; null, with a failure, if a value cannot be used or a key is unknown. */
export function readSettings(): Settings | null {
  const settings = new Settings();
  refuseUnknownConfig();
  if (settings.shortestPiece >= settings.longestPiece) {
    fail(FailureKind.Internal, 'config key "shortest-piece" must be below "longest-piece"');
  }
  return failed() ? null : settings;
}
