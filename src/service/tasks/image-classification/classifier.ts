/** A picture to its classes, by a component of wit/image-classifier.wit. */
import { checkPictureInput, type PictureInput } from '../../../media/picture-input.ts';
import type { Classification, ClassifyOptions } from '../../api/tasks.ts';
import type { ClientTensor, InferOptions } from '../../api/tensor-inference.ts';
import type {
  ComponentTask,
  Media,
  ModelPorts,
  SampleAnswer,
  TensorAnswer,
} from '../../models/component-task.ts';
import type { ServedComponent } from '../../models/served-component.ts';
import type { RequestScope } from '../../queue/request-scope.ts';
import { inferFiles } from '../infer-files.ts';
import { assertExpected, soleSample } from '../sole-sample.ts';
import type { TaskDefinition } from '../task-definition.ts';
import { checkClasses, type RankedClass } from './check-classes.ts';
import { CLASS_OUTPUTS, PICTURE_INPUT, toClassTensors, toClassifyOptions } from './class-tensors.ts';

export const IMAGE_CLASSIFICATION: TaskDefinition = {
  target: 'sandpiper:inference/image-classification@0.1.0',
  names: ['image-classification'],
  bind: (model, described, media) =>
    new Classifier(model, checkPictureInput(described as PictureInput), media),
};

class Classifier implements ComponentTask {
  readonly abilities = { classify: this.classify.bind(this) };
  readonly facts = { contract: 'image-classification' as const };
  readonly ports: ModelPorts;
  readonly #model: ServedComponent;
  readonly #wanted: PictureInput;
  readonly #media: Media;

  constructor(model: ServedComponent, wanted: PictureInput, media: Media) {
    this.#model = model;
    this.#wanted = wanted;
    this.#media = media;
    const { manifest, labels, limits } = model.folder;
    this.ports = {
      inputs: [PICTURE_INPUT],
      outputs: CLASS_OUTPUTS.map((port) => ({
        ...port,
        ...(port.name === 'scores' && manifest.labels !== undefined && { labelFile: manifest.labels.file }),
      })),
      labels: new Map([['scores', labels]]),
      ranked: new Map([['scores', { indices: 'indices', count: 'top_k' }]]),
      maxBatchSize: limits.batchSize,
    };
  }

  async classify(file: Uint8Array, options: ClassifyOptions, scope: RequestScope): Promise<Classification> {
    const model = this.#model;
    const opened = this.#media.pictures.open(file, this.#wanted);
    const decode = async () => scope.span.during('media', async () => opened.decode(scope));
    // A slow picture is decoded before the slot is taken, which it would keep from other requests.
    const decoded = opened.long ? await decode() : undefined;
    using _slot = await model.acquireSlot(scope, 'short');
    const picture = decoded ?? (await decode());
    const { labels } = model.folder;
    const { topK, scoreFunction } = options;
    const found = await model.call(
      {
        function: 'classify',
        args: [picture, { topK, scoreFunction }],
        transfer: [picture.pixels.buffer],
        check: (value) => checkClasses(value as RankedClass[], { labels: labels.length, topK }),
      },
      scope,
    );
    const predictions = found.map(({ index, score }) => ({
      label: labels[index] ?? String(index),
      index,
      score,
    }));
    return { model: model.name, version: model.version, predictions, timing: scope.timing() };
  }

  async infer(
    inputs: readonly ClientTensor[],
    { parameters = {} }: InferOptions,
    scope: RequestScope,
  ): Promise<TensorAnswer> {
    const options = toClassifyOptions(parameters);
    const fileBytes = this.#media.limits.uploadBytes;
    const { answers } = await inferFiles(
      { model: this.#model, port: PICTURE_INPUT, inputs, fileBytes },
      async (file) => this.classify(file, options, scope),
    );
    return { outputs: toClassTensors(answers), batchSize: answers.length };
  }

  async runSample(scope: RequestScope): Promise<SampleAnswer> {
    const sample = soleSample(this.#model);
    const { predictions } = await this.classify(sample.bytes, { topK: 1 }, scope);
    const [best] = predictions;
    assertExpected(this.#model, sample, best?.label ?? '');
    return { sample: sample.file, answer: `${best?.label ?? 'nothing'} (${(best?.score ?? 0).toFixed(2)})` };
  }
}
