import { SandpiperError } from '../errors.ts';
import type { Activity, ModelSample } from '../service/api/insight.ts';
import { ModelNotFound } from '../service/api/service-errors.ts';
import type {
  Classification,
  ClassifyOptions,
  InferenceService,
  ModelSummary,
  TranscribeOptions,
  Transcription,
} from '../service/api/tasks.ts';
import type { NamedInput, PredictionAnswer, PredictOptions } from '../service/api/predictions.ts';
import type { LiveEvent, LiveInput, LiveOptions, LiveSlot, LiveTranscription } from '../service/api/live.ts';
import type {
  ClientTensor,
  InferAnswer,
  InferOptions,
  ModelDescription,
  ModelStatistics,
  RepositoryEntry,
} from '../service/api/tensor-inference.ts';
import type { Caller } from './caller.ts';

/** The service as one caller sees it: models beyond its rights do not exist for it. */
export class CallerService implements InferenceService {
  readonly #service: InferenceService;
  readonly #caller: Caller;

  constructor(service: InferenceService, caller: Caller) {
    this.#service = service;
    this.#caller = caller;
  }

  get state(): InferenceService['state'] {
    return this.#service.state;
  }

  get complete(): boolean {
    return this.#service.complete;
  }

  get loaded(): Promise<void> {
    return this.#service.loaded;
  }

  models(): ModelSummary[] {
    return this.#service.models().filter(({ name }) => this.#sees(name));
  }

  /** @throws SandpiperError `forbidden` for a caller with some models only: the metrics name all */
  async metrics(): Promise<string> {
    if (this.#caller.models !== undefined) {
      throw new SandpiperError('forbidden', 'The metrics are of all models, and this key is for some.');
    }
    return this.#service.metrics();
  }

  assertRoom(models: readonly string[], request: { client?: string | undefined; bytes?: number }): void {
    for (const model of models) this.#assertSees(model);
    this.#service.assertRoom(models, request);
  }

  async classify(model: string, picture: Uint8Array, options?: ClassifyOptions): Promise<Classification> {
    this.#assertSees(model);
    return this.#service.classify(model, picture, options);
  }

  async transcribe(model: string, sound: Uint8Array, options?: TranscribeOptions): Promise<Transcription> {
    this.#assertSees(model);
    return this.#service.transcribe(model, sound, options);
  }

  activity(): Activity {
    const { models } = this.#caller;
    if (models === undefined) return this.#service.activity();
    const { memoryBytes: _, ...own } = this.#service.activity(models);
    return own;
  }

  sample(model: string): ModelSample {
    this.#assertSees(model);
    return this.#service.sample(model);
  }

  takeLiveSlot(options?: { client?: string | undefined }): LiveSlot {
    return this.#service.takeLiveSlot(options);
  }

  openLive(model: string, options?: LiveOptions): LiveTranscription {
    this.#assertSees(model);
    return this.#service.openLive(model, options);
  }

  async predictNamed(
    model: string,
    inputs: readonly NamedInput[],
    options?: PredictOptions,
  ): Promise<PredictionAnswer> {
    this.#assertSees(model);
    return this.#service.predictNamed(model, inputs, options);
  }

  transcribeLive(model: string, sound: LiveInput, options?: LiveOptions): AsyncGenerator<LiveEvent, void> {
    this.#assertSees(model);
    return this.#service.transcribeLive(model, sound, options);
  }

  decodesLive(head: Uint8Array): boolean {
    return this.#service.decodesLive(head);
  }

  async infer(name: string, inputs: readonly ClientTensor[], options?: InferOptions): Promise<InferAnswer> {
    this.#assertSees(name);
    return this.#service.infer(name, inputs, options);
  }

  describeModel(name: string, version?: number): ModelDescription {
    this.#assertSees(name);
    return this.#service.describeModel(name, version);
  }

  statistics(name?: string, version?: number): readonly ModelStatistics[] {
    if (name !== undefined) this.#assertSees(name);
    return this.#service.statistics(name, version).filter((model) => this.#sees(model.name));
  }

  async repositoryIndex(): Promise<readonly RepositoryEntry[]> {
    return (await this.#service.repositoryIndex()).filter(({ name }) => this.#sees(name));
  }

  /** @throws SandpiperError `forbidden` unless the caller is an operator */
  async loadModel(name: string): Promise<void> {
    this.#assertOperates(name);
    return this.#service.loadModel(name);
  }

  /** @throws SandpiperError `forbidden` unless the caller is an operator */
  async unloadModel(name: string): Promise<void> {
    this.#assertOperates(name);
    return this.#service.unloadModel(name);
  }

  #assertOperates(model: string): void {
    if (!this.#caller.operator) {
      throw new SandpiperError('forbidden', 'Loading and unloading models takes a key of an operator.');
    }
    this.#assertSees(model);
  }

  #sees(model: string): boolean {
    return this.#caller.models?.has(model) ?? true;
  }

  #assertSees(model: string): void {
    if (!this.#sees(model)) throw new ModelNotFound(model);
  }
}
