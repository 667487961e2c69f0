import { JsonWriter, readAsset } from '../../sdk/assembly';
import { ScoredLabel } from '../../sdk/assembly/worlds/prediction';
import { Windows } from './windows';

/** An item is one window; `sound-events` gives items of the same form. */
export const TIMELINE_SCHEMA: string = `{
  "type": "array",
  "items": {
    "type": "object",
    "properties": {
      "label": { "type": "string" },
      "score": { "type": "number", "minimum": 0, "maximum": 1 },
      "start": { "type": "integer", "minimum": 0, "description": "The first step, counted from 0 over all that was sent." },
      "end": { "type": "integer", "minimum": 1, "description": "The step after the last." }
    },
    "required": ["label", "score", "start", "end"],
    "additionalProperties": false
  }
}`;

/** One label a line, in the order of the graph's scores; null, with a failure, if the manifest lists none. */
export function readLabels(): string[] | null {
  const asset = readAsset('labels.txt');
  return asset ? String.UTF8.decode(asset.buffer).trimEnd().split('\n') : null;
}

/** The `most` labels whose scores are best on the mean of all windows, best first, equal ones in their order. */
export function best(scores: StaticArray<f32>, labels: string[], most: i64): ScoredLabel[] {
  const all: ScoredLabel[] = [];
  for (let label = 0; label < labels.length; label++) {
    let sum: f64 = 0;
    for (let at = label; at < scores.length; at += labels.length) sum += scores[at];
    all.push(new ScoredLabel(labels[label], <f32>((sum * labels.length) / scores.length)));
  }
  all.sort((a, b) => (a.score < b.score ? 1 : a.score > b.score ? -1 : 0));
  return all.slice(0, <i32>min<i64>(most, all.length));
}

/** The best label of each window. */
export function timeline(scores: StaticArray<f32>, labels: string[], windows: Windows): string {
  const json = new JsonWriter().array();
  for (let window = 0, from = 0; window < windows.count; window++, from += labels.length) {
    let first = 0;
    for (let label = 1; label < labels.length; label++)
      if (scores[from + label] > scores[from + first]) first = label;
    json
      .object()
      .key('label')
      .string(labels[first])
      .key('score')
      .number(scores[from + first]);
    json.key('start').number(windows.starts[window]).key('end').number(windows.ends[window]).end();
  }
  return json.end().text;
}
