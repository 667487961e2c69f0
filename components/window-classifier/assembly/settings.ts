/** The configuration of a window classifier. README.md lists the keys. */
import { configInteger, configText, failed, refuseUnknownConfig } from '../../sdk/assembly';

/** Features of a longer window would take hundreds of megabytes. */
const MOST_STEPS: i32 = 100_000;

export class Settings {
  graph: string = configText('graph', 'model');
  /** The most steps that a window may have. */
  longest: i32 = configInteger('longest', 1024, 1, MOST_STEPS);
  /** The most windows that a request may have. */
  mostWindows: i32 = configInteger('most-windows', 4096, 1, MOST_STEPS);
}

/** Reads the configuration; null, with a failure, if a value cannot be used or a key is unknown. */
export function readSettings(): Settings | null {
  const settings = new Settings();
  refuseUnknownConfig();
  return failed() ? null : settings;
}
