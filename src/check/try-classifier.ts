/** Runs a classifier's sample under several configurations, to find the right one. */
import type { Settings } from '../config/settings.ts';
import type { ComponentFolder } from '../repository/component-folder.ts';
import type { Logger } from '../telemetry/logger.ts';
import { startParts } from './check-model.ts';
import { installModel, loadComponent, loadGraphs } from '../service/lifecycle/load-component.ts';
import { titleOf } from '../service/models/load-context.ts';
import { soleSample } from '../service/tasks/sole-sample.ts';
import type { ClassifyOptions, Prediction } from '../service/api/tasks.ts';

export interface ClassifierTrial {
  /** Raw scores of all classes, best first. */
  raw: Prediction[];
  /** The best few, by the configuration's score function. */
  best: Prediction[];
}

/**
 * Loads the graphs once and runs the component under each configuration.
 *
 * @param configs candidates for `config` of the manifest
 * @returns results in the order of the configurations; undefined if the model fails under one
 * @throws SandpiperError if the model cannot be loaded, or its sample fails under every configuration
 */
export async function tryClassifier(
  folder: ComponentFolder,
  configs: readonly Readonly<Record<string, string>>[],
  { limits }: Settings,
  logger: Logger,
): Promise<(ClassifierTrial | undefined)[]> {
  await using context = startParts(limits, logger);
  const key = titleOf(folder);
  const graphs = await loadGraphs(folder, key, context);
  const component = await loadComponent(folder, context);
  const trials: (ClassifierTrial | undefined)[] = [];
  const failures: unknown[] = [];
  for (const [index, config] of configs.entries()) {
    try {
      const own = { ...folder, manifest: { ...folder.manifest, config } };
      const model = await installModel(own, { key: `${key}#${index}`, component, graphs }, context);
      using _breaker = model.breaker;
      const ask = async (options: ClassifyOptions): Promise<Prediction[]> => {
        using scope = model.scope({});
        const { classify } = model.abilities;
        if (classify === undefined) throw new TypeError(`Model ${model.name} classifies no pictures.`);
        return (await classify(soleSample(model).bytes, options, scope)).predictions;
      };
      const raw = await ask({ topK: folder.labels.length, scoreFunction: 'none' });
      trials.push({ raw, best: await ask({ topK: 3 }) });
    } catch (error) {
      failures.push(error);
      trials.push(undefined);
    }
  }
  if (failures.length === configs.length) throw failures[0];
  return trials;
}
