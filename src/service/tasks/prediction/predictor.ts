/** Named values in, named values out, by a component of wit/prediction.wit. */
import { invalidRequest } from '../../../errors.ts';
import type { GuestOutput } from '../../../sandbox/prediction/guest-values.ts';
import type {
  NamedInput,
  NamedOutput,
  PredictionAnswer,
  PredictionDescription,
  PredictOptions,
} from '../../api/predictions.ts';
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
import type { RequestClass } from '../../queue/scheduler.ts';
import { soundClass } from '../decode-request-sound.ts';
import { checkInputs, type GivenInput } from './check-inputs.ts';
import { checkParameters } from './check-parameters.ts';
import { decodeInputs, openPictures } from './decode-inputs.ts';
import { portsOf, toNamedInputs, toTensors, wantedOutputs } from './prediction-tensors.ts';
import { answerSample } from './prediction-sample.ts';
import { fromGuestTensor } from './tensor-values.ts';

export class Predictor implements ComponentTask {
  readonly abilities = { predict: this.predict.bind(this) };
  readonly facts: ComponentTask['facts'];
  readonly ports: ModelPorts;
  readonly #model: ServedComponent;
  readonly #description: PredictionDescription;
  readonly #media: Media;

  constructor(model: ServedComponent, description: PredictionDescription, media: Media) {
    this.#model = model;
    this.#description = description;
    this.#media = media;
    this.facts = { contract: 'prediction', prediction: description };
    this.ports = portsOf(description);
  }

  async predict(
    given: readonly NamedInput[],
    { parameters = {}, outputs = [], onPartial }: PredictOptions,
    scope: RequestScope,
  ): Promise<PredictionAnswer> {
    const model = this.#model;
    const { limits } = model.folder;
    // First, since a form's field by the wrong name is taken for a parameter: its input would only be missing.
    const request = {
      parameters: checkParameters(this.#description, parameters),
      wanted: this.#wanted(outputs),
    };
    const inputs = checkInputs(this.#description.inputs, given, this.#media.limits.uploadBytes);
    const pictures = await openPictures(inputs, { media: this.#media, scope });
    const requestClass = classOf(inputs);
    using slot = await model.acquireSlot(scope, requestClass);
    const options = { media: this.#media, pictures, scope, slot, tensorBytes: limits.tensorBytes };
    const decoded = await decodeInputs(inputs, options);
    const found = await model.call(
      {
        function: 'predict',
        args: [{ ...request, inputs: decoded.inputs }],
        media: decoded.media,
        transfer: decoded.transfer,
        ...(requestClass !== 'short' && { slot }),
        onPartial:
          onPartial &&
          ((output: GuestOutput) => {
            if (request.wanted.includes(output.name)) onPartial(fromGuest(output));
          }),
        check: (value) => value as readonly GuestOutput[],
      },
      scope,
    );
    const ordered = request.wanted.flatMap((name) => found.filter((output) => output.name === name));
    return {
      model: model.name,
      version: model.version,
      outputs: ordered.map(fromGuest),
      timing: scope.timing(),
    };
  }

  async infer(
    tensors: readonly ClientTensor[],
    { parameters = {}, outputs: names = [] }: InferOptions,
    scope: RequestScope,
  ): Promise<TensorAnswer> {
    const inputs = toNamedInputs(this.#description, tensors);
    const outputs = wantedOutputs(this.#description, names);
    const options = { parameters: parameters as NonNullable<PredictOptions['parameters']>, outputs };
    const answer = await this.predict(inputs, options, scope);
    return {
      outputs: answer.outputs.flatMap((output) => toTensors(this.#description, output)),
      batchSize: 1,
    };
  }

  async runSample(scope: RequestScope): Promise<SampleAnswer> {
    return answerSample(this.#model.folder, this.#description, async (inputs, options) =>
      this.predict(inputs, options, scope),
    );
  }

  /** Names of outputs, in the order of the description. @throws SandpiperError `invalid-request` */
  #wanted(outputs: readonly string[]): string[] {
    const names = this.#description.outputs.map(({ name }) => name);
    const unknown = outputs.find((name) => !names.includes(name));
    if (unknown === undefined) return names.filter((name) => outputs.length === 0 || outputs.includes(name));
    throw invalidRequest(
      `There is no output "${unknown.slice(0, 100)}" here: there are ${names.join(', ')}.`,
    );
  }
}

/** One with a sound waits among the sounds, whose work is long. */
function classOf(inputs: readonly GivenInput[]): RequestClass {
  const sounds = inputs.filter(({ input }) => input.kind === 'sound').flatMap(({ values }) => values);
  if (sounds.length === 0) return 'short';
  return soundClass(
    sounds.reduce((sum, value) => sum + (value.kind === 'file' ? value.bytes.byteLength : 0), 0),
  );
}

function fromGuest({ name, value }: GuestOutput): NamedOutput {
  switch (value.tag) {
    case 'json':
      return { name, kind: 'json', json: value.val };
    case 'text':
      return { name, kind: 'text', text: value.val };
    case 'labels':
      return { name, kind: 'labels', labels: value.val.toSorted((a, b) => b.score - a.score) };
    case 'tensor':
      return { name, kind: 'tensor', tensor: fromGuestTensor(value.val) };
    case 'media':
      return { name, kind: 'media', mediaType: value.val.mediaType, bytes: value.val.data };
  }
}
