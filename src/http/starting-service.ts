import type { Activity, ModelSample } from '../service/api/insight.ts';
import type {
  Classification,
  ClassifyOptions,
  InferenceService,
  ModelSummary,
  TranscribeOptions,
  Transcription,
} from '../service/api/tasks.ts';
import type { LiveOptions, LivePlace, LiveTranscription } from '../service/api/live.ts';
import type {
  ClientTensor,
  InferAnswer,
  InferOptions,
  ModelDescription,
  ModelStatistics,
  RepositoryEntry,
} from '../service/api/tensor-inference.ts';
import { notReady } from './exchange/find-model.ts';

/**
 * Stands where the service will be while that is loaded, so that the port can be taken first: a taken port is
 * then known at once and not after the models are loaded, and health probes see a service that is starting.
 */
export class StartingService implements InferenceService {
  readonly #loaded = Promise.withResolvers<void>();
  #service: InferenceService | undefined;

  /** From here on everything goes to the service. */
  started(service: InferenceService): void {
    this.#service = service;
    this.#loaded.resolve(service.loaded);
  }

  get loaded(): Promise<void> {
    return this.#loaded.promise;
  }

  get complete(): boolean {
    return this.#service?.complete ?? false;
  }

  get state(): InferenceService['state'] {
    return this.#service?.state ?? 'loading';
  }

  models(): ModelSummary[] {
    return this.#service?.models() ?? [];
  }

  async metrics(): Promise<string> {
    return this.#ready.metrics();
  }

  assertRoom(models: readonly string[], request: { client?: string; bytes?: number }): void {
    if (this.#service === undefined) throw notReady('loading');
    this.#service.assertRoom(models, request);
  }

  async classify(model: string, picture: Uint8Array, options?: ClassifyOptions): Promise<Classification> {
    return this.#ready.classify(model, picture, options);
  }

  async transcribe(model: string, sound: Uint8Array, options?: TranscribeOptions): Promise<Transcription> {
    return this.#ready.transcribe(model, sound, options);
  }

  activity(models?: ReadonlySet<string>): Activity {
    return this.#ready.activity(models);
  }

  sample(model: string): ModelSample {
    return this.#ready.sample(model);
  }

  enterLive(options?: { client?: string }): LivePlace {
    return this.#ready.enterLive(options);
  }

  openLive(model: string, options?: LiveOptions): LiveTranscription {
    return this.#ready.openLive(model, options);
  }

  async infer(name: string, inputs: readonly ClientTensor[], options?: InferOptions): Promise<InferAnswer> {
    return this.#ready.infer(name, inputs, options);
  }

  describeModel(name: string, version?: number): ModelDescription {
    return this.#ready.describeModel(name, version);
  }

  statistics(name?: string, version?: number): readonly ModelStatistics[] {
    return this.#ready.statistics(name, version);
  }

  async repositoryIndex(): Promise<readonly RepositoryEntry[]> {
    return this.#ready.repositoryIndex();
  }

  async loadModel(name: string): Promise<void> {
    return this.#ready.loadModel(name);
  }

  async unloadModel(name: string): Promise<void> {
    return this.#ready.unloadModel(name);
  }

  get #ready(): InferenceService {
    if (this.#service === undefined) throw notReady('loading');
    return this.#service;
  }
}
