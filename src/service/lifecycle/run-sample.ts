/** A model's own sample through the whole path: a model that passed can serve. */
import { SandpiperError } from '../../errors.ts';
import { sampleMatches } from './sample-check.ts';
import type { ServedComponent } from '../models/served-component.ts';
import { ServedGraph } from '../models/served-graph.ts';
import { testGraph } from './test-graph.ts';
import { classifyWith, transcribeWith, type Media } from '../tasks/task-runner.ts';
import type { SampleResult } from '../api/tasks.ts';

/** @throws SandpiperError `invalid-model` when the answer is not the expected one */
export async function runSample(model: ServedComponent | ServedGraph, media: Media): Promise<SampleResult> {
  using _presence = model.inFlight.enter();
  return model instanceof ServedGraph ? testGraph(model) : askSample(model, media);
}

async function askSample(model: ServedComponent, media: Media): Promise<SampleResult> {
  const { manifest, sample } = model.folder;
  const started = performance.now();
  using scope = model.scope({});
  const [shown, answer] =
    manifest.task === 'image-classification'
      ? await classifyWith(model, sample, { topK: 1 }, scope, media).then(({ predictions: [best] }) => [
          `${best?.label ?? 'nothing'} (${(best?.score ?? 0).toFixed(2)})`,
          best?.label ?? '',
        ])
      : await transcribeWith(model, sample, {}, scope, media).then(({ text }) => [text, text]);
  if (!sampleMatches(answer ?? '', manifest.sample.expect)) {
    throw new SandpiperError(
      'invalid-model',
      `Cannot serve model ${model.name}: its sample ${manifest.sample.file} gave ${JSON.stringify(answer)}, and model.json expects ${JSON.stringify(manifest.sample.expect)}; mend the model, or correct what is expected.`,
    );
  }
  return {
    model: model.name,
    sample: manifest.sample.file,
    answer: shown ?? '',
    ms: performance.now() - started,
  };
}
