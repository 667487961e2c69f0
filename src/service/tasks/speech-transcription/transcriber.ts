/** A sound to its text, by a component of wit/speech-transcriber.wit. */
import { checkSoundInput, type SoundInput } from '../../../media/sound-input.ts';
import type { TranscribeOptions, Transcription } from '../../api/tasks.ts';
import type { ClientTensor, InferOptions } from '../../api/tensor-inference.ts';
import type { LiveWork } from '../../models/guest-work.ts';
import type {
  Abilities,
  ComponentTask,
  Media,
  ModelPorts,
  SampleAnswer,
  TensorAnswer,
} from '../../models/component-task.ts';
import type { ServedComponent } from '../../models/served-component.ts';
import type { RequestScope } from '../../queue/request-scope.ts';
import { decodeRequestSound, soundClass } from '../decode-request-sound.ts';
import { inferFiles } from '../infer-files.ts';
import { assertExpected, soleSample } from '../sole-sample.ts';
import type { TaskDefinition } from '../task-definition.ts';
import { checkTranscript, type GuestTranscript } from './check-transcript.ts';
import { StreamedTranscript } from './streamed-transcript.ts';
import { SOUND_INPUT, TEXT_OUTPUTS, toTextTensors, toTranscribeOptions } from './transcript-tensors.ts';

export const SPEECH_TRANSCRIPTION: TaskDefinition = {
  target: 'sandpiper:inference/speech-transcription@0.1.0',
  names: ['speech-transcription'],
  bind: (model, described, media) => new Transcriber(model, checkSoundInput(described as SoundInput), media),
};

class Transcriber implements ComponentTask {
  readonly abilities: Abilities;
  readonly facts: ComponentTask['facts'];
  readonly ports: ModelPorts;
  readonly #model: ServedComponent;
  readonly #wanted: SoundInput;
  readonly #media: Media;

  constructor(model: ServedComponent, wanted: SoundInput, media: Media) {
    this.#model = model;
    this.#wanted = wanted;
    this.#media = media;
    const { languages, wordTimestamps } = wanted;
    this.facts = {
      contract: 'speech-transcription',
      speech: { languages, wordTimestamps, live: model.hearsLive },
    };
    this.abilities = {
      transcribe: this.transcribe.bind(this),
      ...(model.hearsLive && { live: { ...wanted, transcribe: this.hear.bind(this) } }),
    };
    this.ports = {
      inputs: [SOUND_INPUT],
      outputs: TEXT_OUTPUTS,
      labels: new Map(),
      maxBatchSize: model.folder.limits.batchSize,
    };
  }

  async transcribe(
    file: Uint8Array,
    options: TranscribeOptions,
    scope: RequestScope,
  ): Promise<Transcription> {
    const model = this.#model;
    const { sampleRate } = this.#wanted;
    using slot = await model.acquireSlot(scope, soundClass(file.byteLength));
    const sound = await decodeRequestSound(file, sampleRate, { sounds: this.#media.sound, scope, slot });
    const duration = sound.length / sampleRate;
    const { language, prompt, temperature, wordTimestamps = false } = options;
    const streamed =
      options.onProgress && new StreamedTranscript(options.onProgress, (reason) => scope.giveUp(reason));
    const transcript = await model.call(
      {
        function: 'transcribe',
        args: [{ language, prompt, temperature, wordTimestamps }],
        media: { sounds: new Map([['', [sound]]]), pictures: new Map() },
        slot,
        transfer: [sound.buffer],
        onProgress: streamed?.add,
        check: (value) => checkTranscript(value as GuestTranscript),
      },
      scope,
    );
    await streamed?.complete(transcript.text, duration);
    scope.signal.throwIfAborted();
    return {
      model: model.name,
      version: model.version,
      text: transcript.text,
      language: transcript.language,
      duration,
      segments: transcript.segments.map((segment) => ({ ...segment, tokens: [...segment.tokens] })),
      timing: scope.timing(),
    };
  }

  /** A sound that is still coming. */
  async hear(
    live: LiveWork,
    { language, prompt }: Pick<TranscribeOptions, 'language' | 'prompt'>,
    scope: RequestScope,
  ): Promise<GuestTranscript> {
    return this.#model.call(
      {
        function: 'transcribe',
        args: [{ language, prompt, temperature: undefined, wordTimestamps: false }],
        live,
        check: (value) => checkTranscript(value as GuestTranscript),
      },
      scope,
    );
  }

  async infer(
    inputs: readonly ClientTensor[],
    { parameters = {} }: InferOptions,
    scope: RequestScope,
  ): Promise<TensorAnswer> {
    const options = toTranscribeOptions(parameters);
    const fileBytes = this.#media.limits.uploadBytes;
    const { answers, shape } = await inferFiles(
      { model: this.#model, port: SOUND_INPUT, inputs, fileBytes },
      async (file) => this.transcribe(file, options, scope),
    );
    return { outputs: toTextTensors(answers, shape), batchSize: answers.length };
  }

  async runSample(scope: RequestScope): Promise<SampleAnswer> {
    const sample = soleSample(this.#model);
    const { text } = await this.transcribe(sample.bytes, {}, scope);
    assertExpected(this.#model, sample, text);
    return { sample: sample.file, answer: text };
  }
}
