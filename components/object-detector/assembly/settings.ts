/** The configuration of an object detector, and what its graph must be. README.md lists the keys. */
import {
  FailureKind,
  Port,
  TensorType,
  configInteger,
  configNumber,
  configText,
  fail,
  failed,
  openGraph,
  readAsset,
  refuseUnknownConfig,
} from '../../sdk/assembly';

/** Names of the graph's input and outputs. */
export const INPUT: string = 'input';
export const SCORES: string = 'scores';
export const CLASSES: string = 'classes';
export const BOXES: string = 'boxes';

export class Settings {
  graph: string = configText('graph', 'model');
  /** Lowest score that is answered by default. */
  threshold: f64 = configNumber('threshold', 0.35, 0, 1);
  maxResults: i32 = configInteger('max-results', 100, 1, i32.MAX_VALUE);
  /** If two boxes of a class overlap by a larger share than this, only the better one is answered. */
  overlap: f64 = configNumber('overlap', 0.6, 0, 1);
}

/** Settings in the graph's metadata. */
export class GraphSizes {
  constructor(
    /** In pixels, of the picture that it takes. */
    readonly width: i32,
    readonly height: i32,
    /** How many it gives. */
    readonly boxes: i32,
  ) {}
}

/** Reads the configuration; null, with a failure, if a value cannot be used or a key is unknown. */
export function readSettings(): Settings | null {
  const settings = new Settings();
  refuseUnknownConfig();
  return failed() ? null : settings;
}

/** One label a line, in the order of the classes. */
export function readLabels(): string[] | null {
  const asset = readAsset('labels.txt');
  if (!asset) return null;
  return String.UTF8.decode(asset.buffer).trimEnd().split('\n');
}

/** Null, with a failure, if the graph is none for this component. */
export function checkGraph(settings: Settings): GraphSizes | null {
  const context = openGraph(settings.graph);
  if (!context || !readLabels()) return null;
  const facts = context.facts();
  const picture = sizesOf(facts.inputs, INPUT, TensorType.U8, 4);
  const scores = sizesOf(facts.outputs, SCORES, TensorType.FP32, 1);
  const classes = sizesOf(facts.outputs, CLASSES, TensorType.I32, 1);
  const boxes = sizesOf(facts.outputs, BOXES, TensorType.FP32, 2);
  if (picture && scores && classes && boxes) {
    const count = scores[0];
    const agree = count > 0 && classes[0] == count && boxes[0] == count && boxes[1] == 4;
    if (agree && picture[0] == 1 && picture[1] > 0 && picture[2] > 0 && picture[3] == 3)
      return new GraphSizes(<i32>picture[2], <i32>picture[1], <i32>count);
  }
  fail(
    FailureKind.Internal,
    `the graph must take "${INPUT}" of U8 [1, height, width, 3] and give "${SCORES}" of FP32 [n], "${CLASSES}" of ` +
      `I32 [n] and "${BOXES}" of FP32 [n, 4], all of fixed sizes`,
  );
  return null;
}

/** Null if there is no port of the name, type and rank. */
function sizesOf(ports: Port[], name: string, type: TensorType, rank: i32): i64[] | null {
  for (let i = 0; i < ports.length; i++) {
    const sizes = ports[i].dimensions;
    if (ports[i].name == name && ports[i].type == type && sizes && sizes.length == rank) return sizes;
  }
  return null;
}
