/** What every model folder holds. */
import type { ModelLimits } from '../config/limits.ts';

export interface GraphFile {
  /** The file's own bytes, with the data that it has in other files. */
  model: Uint8Array;
  /** Whether a run may use every core while nothing else runs. */
  multiThreaded: boolean;
}

export interface AnyFolder {
  name: string;
  version: number;
  limits: ModelLimits;
  /** By class index; empty where the manifest names none. */
  labels: readonly string[];
  /** Unix seconds at which model.json, or else the graph, was written. */
  created: number;
}
