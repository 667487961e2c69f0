/** The task of a component in service, made once the component has described itself. */
import type { ServiceLimits } from '../../config/limits.ts';
import type { PictureDecoder } from '../../media/picture-decoder.ts';
import type { SoundDecoder } from '../../media/sound-decoder.ts';
import type { RequestScope } from '../queue/request-scope.ts';
import type { NamedInput, PredictionAnswer, PredictOptions } from '../api/predictions.ts';
import type {
  Classification,
  ClassifyOptions,
  ModelSummary,
  TranscribeOptions,
  Transcription,
} from '../api/tasks.ts';
import type { LiveWork } from './guest-work.ts';
import type { ClientTensor, InferOptions, ModelDescription } from '../api/tensor-inference.ts';

/** What makes pixels and samples of the files of requests. */
export interface Media {
  pictures: PictureDecoder;
  sound: SoundDecoder;
  limits: ServiceLimits;
}

/** A model's inputs and outputs as tensors. */
export type ModelPorts = Pick<ModelDescription, 'inputs' | 'outputs' | 'labels' | 'ranked' | 'maxBatchSize'>;

type Ability<Given, Options, Answer> = (
  given: Given,
  options: Options,
  scope: RequestScope,
) => Promise<Answer>;

/** Requests that a model answers besides tensors; a request for a missing ability is refused. */
export interface Abilities {
  readonly classify?: Ability<Uint8Array, ClassifyOptions, Classification>;
  readonly transcribe?: Ability<Uint8Array, TranscribeOptions, Transcription>;
  readonly predict?: Ability<readonly NamedInput[], PredictOptions, PredictionAnswer>;
  readonly live?: LiveAbility;
}

/** A sound that is heard while it comes. */
export interface LiveAbility {
  /** Samples a second that the component wants, and seconds of the longest piece that it takes. */
  readonly sampleRate: number;
  readonly longestPiece: number;
  /** @returns the part of the answer that was not sent while the sound came */
  readonly transcribe: Ability<
    LiveWork,
    Pick<TranscribeOptions, 'language' | 'prompt'>,
    { text: string; segments: readonly { tokens: Uint32Array; averageLogProbability: number }[] }
  >;
}

export interface TensorAnswer {
  outputs: readonly ClientTensor[];
  /** Single inputs that were answered. */
  batchSize: number;
}

export interface SampleAnswer {
  /** The sample's name for people: its file. */
  sample: string;
  /** The answer in a few words. */
  answer: string;
}

export interface ComponentTask {
  readonly ports: ModelPorts;
  readonly abilities: Abilities;
  /** Its part of the model's summary. */
  readonly facts: Pick<ModelSummary, 'contract' | 'speech' | 'prediction'>;
  /** @throws SandpiperError `invalid-request` for tensors or parameters that it does not take, … */
  infer(inputs: readonly ClientTensor[], options: InferOptions, scope: RequestScope): Promise<TensorAnswer>;
  /** Answers the model's own sample. @throws SandpiperError `invalid-model` when the answer is not the expected one */
  runSample(scope: RequestScope): Promise<SampleAnswer>;
}
