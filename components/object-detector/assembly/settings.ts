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
import { cellsOf } from './cells';

/** Names of the graph's input and outputs. */
export const INPUT: string = 'input';
export const SCORES: string = 'scores';
export const BOXES: string = 'boxes';

export const MOST_RESULTS: i32 = 1000;

export class Settings {
  graph: string = configText('graph', 'model');
  /** The least score that is told, where a request does not say. */
  threshold: f64 = configNumber('threshold', 0.35, 0, 1);
  maxResults: i32 = configInteger('max-results', 100, 1, MOST_RESULTS);
  /** Of two boxes of a class that share more of their area than this, the better one is told. */
  overlap: f64 = configNumber('overlap', 0.6, 0, 1);
}

export class Size {
  constructor(
    readonly width: i32,
    readonly height: i32,
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

/** The size of the pictures that the graph takes; null, with a failure, if it is no graph for this component. */
export function checkGraph(settings: Settings): Size | null {
  const context = openGraph(settings.graph);
  const labels = readLabels();
  if (!context || !labels) return null;
  const facts = context.facts();
  const input = portOf(facts.inputs, INPUT);
  const scores = portOf(facts.outputs, SCORES);
  const boxes = portOf(facts.outputs, BOXES);
  const sides = input && input.type == TensorType.U8 ? input.dimensions : null;
  if (!sides || sides.length != 4 || sides[0] != 1 || sides[1] < 1 || sides[2] < 1 || sides[3] != 3)
    return refuse('an input "input" of U8 [1, height, width, 3]');
  const size = new Size(<i32>sides[2], <i32>sides[1]);
  const cells = cellsOf(size.width, size.height);
  if (!scores || !isTable(scores, cells, labels.length))
    return refuse(`an output "scores" of FP32 [1, ${cells}, ${labels.length}], as the labels are`);
  if (!boxes || !isTable(boxes, cells, 0)) return refuse(`an output "boxes" of FP32 [1, ${cells}, 4 x bins]`);
  return size;
}

function portOf(ports: Port[], name: string): Port | null {
  for (let i = 0; i < ports.length; i++) if (ports[i].name == name) return ports[i];
  return null;
}

/** Whether a port is FP32 [1, rows, columns]; no columns: any multiple of four. */
function isTable(port: Port, rows: i32, columns: i32): bool {
  const sizes = port.dimensions;
  if (!sizes || port.type != TensorType.FP32 || sizes.length != 3 || sizes[0] != 1 || sizes[1] != rows)
    return false;
  return columns > 0 ? sizes[2] == columns : sizes[2] > 0 && sizes[2] % 4 == 0;
}

function refuse(wanted: string): Size | null {
  fail(FailureKind.Internal, `the graph must have ${wanted}`);
  return null;
}
