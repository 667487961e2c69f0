import { readAsset } from '../../sdk/assembly';
import { ScoredLabel } from '../../sdk/assembly/worlds/prediction';

/** One label a line, in the order of the graph's scores; null, with a failure, if the manifest lists none. */
export function readLabels(): string[] | null {
  const asset = readAsset('labels.txt');
  return asset ? String.UTF8.decode(asset.buffer).trimEnd().split('\n') : null;
}

/** The `most` labels of the best scores, best first, equal ones in their order. */
export function best(scores: Float32Array, labels: string[], most: i64): ScoredLabel[] {
  const all: ScoredLabel[] = [];
  for (let i = 0; i < scores.length; i++) all.push(new ScoredLabel(labels[i], scores[i]));
  all.sort((a, b) => (a.score < b.score ? 1 : a.score > b.score ? -1 : 0));
  return all.slice(0, <i32>min<i64>(most, all.length));
}
