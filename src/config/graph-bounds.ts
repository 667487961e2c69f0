/**
 * Bounds of a graph that are checked by reading its file. No exporter comes near these numbers, so that there is no
 * setting for them; `graphLoadMs` and its neighbours bound what a graph within them costs at load.
 */

const MiB = 1024 * 1024;

/** A file that exceeds one of these is refused. */
export const GRAPH_BOUNDS = {
  /** Nodes of all nested graphs, with every call of a function counted as its body. */
  nodes: 250_000,
  /** Levels of graphs inside graphs and functions that call functions, together. */
  levels: 64,
  /** Bytes of the functions' bodies, each counted once per call. */
  expandedBytes: 256 * MiB,
  /** Functions, called or not. */
  functions: 20_000,
  /** Inputs and outputs of one node. */
  nodePorts: 4_096,
  /** Dimensions of one tensor. */
  dimensions: 1_024,
  /** Elements of all sparse tensors together, zeros included: they are made dense at load. */
  sparseElements: 2 ** 26,
  /** Inputs of the model; older files list every weight as one. */
  inputs: 16_384,
  /** Inputs without a default value and outputs, together. */
  runValues: 2_048,
  /** Names of inputs, outputs and dimensions together, and metadata properties together. */
  factBytes: 4 * MiB,
  /** Operator sets that the model imports. */
  opsets: 1_024,
} as const;

/** A graph of plain arithmetic within all of these is loaded without a trial. */
export const PLAIN_GRAPH = {
  nodes: 100,
  initializers: 100,
  inputs: 100,
  outputs: 100,
  fileBytes: 16 * MiB,
} as const;
