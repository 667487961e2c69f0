/** What each task takes and gives, as every door of the service (library, REST) sees it. */
import type { ServiceInsight } from './insight.ts';
import type { LiveSpeech } from './live.ts';
import type { ComponentTaskName } from '../../repository/task-names.ts';
import type { NamedInput, PredictionAnswer, PredictionDescription, PredictOptions } from './predictions.ts';
import type { RequestOptions, Timing } from './request.ts';
import type { TensorInference } from './tensor-inference.ts';

/** What a model behind a component does, by its manifest's word. */
export type Task = ComponentTaskName;

/** The contracts that components may serve, by the names of their WIT interfaces; `tensors` for a bare graph. */
export type ModelContract = 'image-classification' | 'speech-transcription' | 'prediction' | 'tensors';

/** What any model does: a bare graph takes and gives tensors. */
export type ModelTask = Task | 'tensors';

export interface ClassifyOptions extends RequestOptions {
  /** From 1 to 100,000; the component's own number unless told. */
  topK?: number;
  scoreFunction?: 'softmax' | 'sigmoid' | 'none';
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
  language?: string;
  prompt?: string;
  /** From 0, which is greedy, to 1. */
  temperature?: number;
  wordTimestamps?: boolean;
  /**
   * Called with text as it comes; the texts joined are exactly the transcript's text. What it throws, or rejects with,
   * ends the request and rejects it.
   */
  onProgress?: (update: { text: string; seconds: number }) => void;
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
  /** What its component exports, and so what may be asked of it. */
  contract: ModelContract;
  /** Whether its sample passed through the whole path. */
  ready: boolean;
  /** Unix seconds at which the model's files were made. */
  created: number;
  licence: string;
  /** Of a speech-transcription model: what its component says that it can do. */
  speech?: SpeechAbilities;
  /** Of a model of the open contract: what its component takes and gives. */
  prediction?: PredictionDescription;
}

export interface SpeechAbilities {
  /** ISO 639-1. */
  languages: string[];
  wordTimestamps: boolean;
  /** Whether it takes sounds that are still coming. */
  live: boolean;
}

/** What a model made of its own sample, through the whole path. */
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
  /** For the operator: a sentence. */
  reason: string;
}

/** The transport-free core, as http/ and an embedder see it. */
export interface InferenceService extends TensorInference, ServiceInsight, LiveSpeech {
  readonly state: 'loading' | 'ready' | 'draining' | 'closed';
  /** Whether every model that should be in service is: false where one could not be loaded. */
  readonly complete: boolean;
  /** Resolves when {@link state} becomes `ready`. */
  readonly loaded: Promise<void>;
  models(): ModelSummary[];
  /**
   * The service's numbers as Prometheus reads them (docs/metrics.md).
   * @throws SandpiperError `not-ready` before there is anything to count
   */
  metrics(): Promise<string>;
  /**
   * Whether one of these models would let a request in now: to be asked before its body is read.
   *
   * @param request.bytes of the body, as far as they are known
   * @throws SandpiperError `over-capacity`, `not-ready`
   */
  assertRoom(models: readonly string[], request: { client?: string; bytes?: number }): void;
  /** @throws SandpiperError `not-found`, `input-too-large`, `unsupported-media`, `unusable-input`, … */
  classify(model: string, picture: Uint8Array, options?: ClassifyOptions): Promise<Classification>;
  /** @throws SandpiperError as {@link classify} */
  transcribe(model: string, sound: Uint8Array, options?: TranscribeOptions): Promise<Transcription>;
  /**
   * Named values in, named values out, of a model that describes itself so.
   *
   * @throws SandpiperError `invalid-request` for inputs, parameters or outputs that it does not have, and as {@link classify}
   */
  predictNamed(
    model: string,
    inputs: readonly NamedInput[],
    options?: PredictOptions,
  ): Promise<PredictionAnswer>;
}
