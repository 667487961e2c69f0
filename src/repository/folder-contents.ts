/** Contents of every model folder. */
import type { ModelLimits } from '../config/limits.ts';

export interface GraphFile {
  /** The file's bytes, external data included. */
  model: Uint8Array;
  /** Whether to make a second session that uses every core while nothing else runs. */
  multiThreaded: boolean;
}

export interface FolderContents {
  name: string;
  version: number;
  limits: ModelLimits;
  /** Labels by class index; empty if the manifest names none. */
  labels: readonly string[];
  /** Modification time of model.json, or else of the graph, in Unix seconds. */
  created: number;
}
