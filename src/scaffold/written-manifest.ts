/** Manifests of new projects, before there is a component and before digests are written. */
import { basename } from 'node:path';
import type { GraphFacts } from '../engine/graph-facts.ts';
import type { ComponentManifest, WrittenSample } from '../repository/manifest.ts';
import type { AuthorGraph } from './author-graph.ts';
import { NoClassifier, pictureConfig, scoresOutput } from './classifier-config.ts';

/** As it is written: without the defaults that the schema fills in. */
export type WrittenManifest = Pick<ComponentManifest, 'task' | 'licence' | 'source'> & {
  sample: WrittenSample;
} & Partial<Omit<ComponentManifest, 'component' | '$schema' | 'sample'>>;

/** A digest that no file has, until the first build of the component. */
export const UNBUILT = '0'.repeat(64);

/** Pixels from -1 to 1, until the author says otherwise. */
const NORMALISATION = { mean: '127.5', std: '127.5' };

export function classifierManifest(
  graph: AuthorGraph,
  facts: GraphFacts,
  { labels, sample, expect }: Readonly<Record<'labels' | 'sample' | 'expect', string>>,
): WrittenManifest {
  return {
    task: 'image-classification',
    ...ofGraph(graph),
    labels: unsealed(labels),
    config: { ...NORMALISATION, ...exampleConfig(facts) },
    sample: { ...unsealed(sample), expect },
  };
}

/** An example's manifest over another graph: of its sample only that each output comes. */
export function exampleManifest(
  example: WrittenManifest,
  graph: AuthorGraph,
  facts: GraphFacts,
): WrittenManifest {
  const { sample } = example;
  const outputs = typeof sample.expect === 'string' ? [] : Object.keys(sample.expect);
  return {
    ...example,
    ...ofGraph(graph),
    config: exampleConfig(facts),
    sample: { ...sample, expect: Object.fromEntries(outputs.map((output) => [output, {}])) },
  };
}

/** How the examples, which take pictures, ask a graph that takes one; nothing for any other. */
function exampleConfig(facts: GraphFacts): Record<string, string> {
  try {
    const { config, channels } = pictureConfig(facts);
    const { input, width, height = width, layout, type } = config;
    const output = scoresOutput(facts.outputs, undefined);
    return layout === 'nchw' && type === 'FP32' && channels === 3
      ? { ...NORMALISATION, input, width, height, ...(output && { output: output.name }) }
      : {};
  } catch (error) {
    if (!(error instanceof NoClassifier)) throw error;
    return {};
  }
}

function ofGraph({ path, data }: AuthorGraph): Pick<WrittenManifest, 'graphs' | 'licence' | 'source'> {
  const files = data.map((file) => ({ file, sha256: UNBUILT }));
  return {
    graphs: { model: { ...unsealed(path), ...(files.length > 0 && { data: files }), threads: 'one' } },
    licence: 'LicenseRef-Unknown',
    source: basename(path),
  };
}

function unsealed(path: string): { file: string; sha256: string } {
  return { file: basename(path), sha256: UNBUILT };
}
