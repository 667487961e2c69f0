/** Inputs and answers of each task, as the library and every REST convention use them. */
import type { ServiceInsight } from './insight.ts';
import type { LiveSpeech } from './live.ts';
import type { ComponentTaskName } from '../../repository/task-names.ts';
import type { NamedInput, PredictionAnswer, PredictionDescription, PredictOptions } from './predictions.ts';
import type { RequestOptions, Timing } from './request.ts';
import type { TensorInference } from './tensor-inference.ts';

/** Task of a model behind a component, by its name in the manifest. */
export type Task = ComponentTaskName;

/** The contracts that components may serve, by the names of their WIT interfaces; `tensors` for a bare graph. */
export type ModelContract = 'image-classification' | 'speech-transcription' | 'prediction' | 'tensors';

/** Task of any model; `tensors` for a bare graph. */
export type ModelTask = Task | 'tensors';

export interface ClassifyOptions extends RequestOptions {
  /** From 1 to 100,000; the component's choice by default. */
  topK?: number | undefined;
  scoreFunction?: 'softmax' | 'sigmoid' | 'none' | undefined;
}

export interface Prediction {
  label: string;
  /** Class index in the graph's output. */
  index: number;
  score: number;
}

export interface Classification {
  model: string;
  version: number;
  predictions: Prediction[];
  timing: Timing;
}

export interface TranscribeOptions extends RequestOptions {
  /** ISO 639-1. */
  language?: string | undefined;
  prompt?: string | undefined;
  /** From 0, which is greedy, to 1. */
  temperature?: number | undefined;
  wordTimestamps?: boolean | undefined;
  /**
   * Called with text as it is decoded; the texts joined are exactly the transcript's text. If it throws or rejects, the
   * request ends and rejects with that error.
   */
  onProgress?: ((update: { text: string; seconds: number }) => void) | undefined;
}

export interface Word {
  text: string;
  /** Seconds. */
  start: number;
  end: number;
}

export interface Segment extends Word {
  tokens: number[];
  averageLogProbability: number;
  words: Word[];
}

export interface Transcription {
  model: string;
  version: number;
  text: string;
  /** ISO 639-1. */
  language: string;
  /** Seconds of sound. */
  duration: number;
  segments: Segment[];
  timing: Timing;
}

export interface ModelSummary {
  name: string;
  version: number;
  task: ModelTask;
  /** The model's task, by what its component exports. */
  contract: ModelContract;
  /** Whether its sample passed through the whole path. */
  ready: boolean;
  /** Unix seconds at which the model's files were made. */
  created: number;
  licence: string;
  /** Abilities of a speech-transcription model. */
  speech?: SpeechAbilities;
  /** Inputs and outputs of a model of the open contract. */
  prediction?: PredictionDescription;
}

export interface SpeechAbilities {
  /** ISO 639-1. */
  languages: string[];
  wordTimestamps: boolean;
  /** Whether it takes live sound. */
  live: boolean;
}

/** A model's answer to its sample, through the whole path. */
export interface SampleResult {
  model: string;
  /** File name of the sample; `zeros` for a bare graph, which has none. */
  sample: string;
  answer: string;
  ms: number;
}

/** A model version that could not be loaded when the service started. */
export interface NotServed {
  model: string;
  version: number;
  /** One sentence for the operator. */
  reason: string;
}

/** The transport-free core, for http/ and embedders. */
export interface InferenceService extends TensorInference, ServiceInsight, LiveSpeech {
  readonly state: 'loading' | 'ready' | 'draining' | 'closed';
  /** False if a model that should be in service could not be loaded. */
  readonly complete: boolean;
  /** Resolves when {@link state} becomes `ready`. */
  readonly loaded: Promise<void>;
  models(): ModelSummary[];
  /**
   * The service's metrics in Prometheus's format (docs/metrics.md).
   * @throws SandpiperError `not-ready` before the service has started
   */
  metrics(): Promise<string>;
  /**
   * Asserts that one of these models would admit a request now; called before its body is read.
   *
   * @param request.bytes length of the body, if known
   * @throws SandpiperError `over-capacity`, `not-ready`
   */
  assertRoom(models: readonly string[], request: { client?: string | undefined; bytes?: number }): void;
  /** @throws SandpiperError `not-found`, `input-too-large`, `unsupported-media`, `unusable-input`, … */
  classify(model: string, picture: Uint8Array, options?: ClassifyOptions): Promise<Classification>;
  /** @throws SandpiperError as {@link classify} */
  transcribe(model: string, sound: Uint8Array, options?: TranscribeOptions): Promise<Transcription>;
  /**
   * Calls a model of the open contract with named values, and returns named values.
   *
   * @throws SandpiperError `invalid-request` for inputs, parameters or outputs that it does not have, and as {@link classify}
   */
  predictNamed(
    model: string,
    inputs: readonly NamedInput[],
    options?: PredictOptions,
  ): Promise<PredictionAnswer>;
}
