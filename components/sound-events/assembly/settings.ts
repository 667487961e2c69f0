/** The configuration of a sound classifier. README.md lists the keys. */
import { configText, failed, readAsset, refuseUnknownConfig } from '../../sdk/assembly';

/** Samples a second; what YAMNet was trained on. */
export const SAMPLE_RATE: u32 = 16_000;

export class Settings {
  graph: string = configText('graph', 'model');
  input: string = configText('input', 'patches');
  output: string = configText('output', 'scores');
  labels: string = configText('labels', 'labels.txt');
}

/** Reads the configuration; null, with a failure, if a key is unknown. */
export function readSettings(): Settings | null {
  const settings = new Settings();
  refuseUnknownConfig();
  return failed() ? null : settings;
}

/** The classes in their order, one a line of the asset; null, with a failure, if the manifest lists none. */
export function readLabels(settings: Settings): string[] | null {
  const bytes = readAsset(settings.labels);
  if (!bytes) return null;
  return String.UTF8.decodeUnsafe(bytes.dataStart, bytes.length).trimEnd().split('\n');
}
