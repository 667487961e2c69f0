import type {
  Classification,
  ClassifyOptions,
  InferenceService,
  ModelSummary,
  TranscribeOptions,
  Transcription,
} from '../service/tasks.ts';
import { notReady } from './find-model.ts';

/**
 * Stands where the service will be while that is loaded, so that the port can be taken first: a taken port is
 * then known at once and not after the models are loaded, and health probes see a service that is starting.
 */
export class StartingService implements InferenceService {
  #service: InferenceService | undefined;

  /** From here on everything goes to the service. */
  started(service: InferenceService): void {
    this.#service = service;
  }

  get state(): InferenceService['state'] {
    return this.#service?.state ?? 'loading';
  }

  models(): ModelSummary[] {
    return this.#service?.models() ?? [];
  }

  async metrics(): Promise<string> {
    if (this.#service === undefined) throw notReady('loading');
    return this.#service.metrics();
  }

  async classify(model: string, picture: Uint8Array, options?: ClassifyOptions): Promise<Classification> {
    if (this.#service === undefined) throw notReady('loading');
    return this.#service.classify(model, picture, options);
  }

  async transcribe(model: string, sound: Uint8Array, options?: TranscribeOptions): Promise<Transcription> {
    if (this.#service === undefined) throw notReady('loading');
    return this.#service.transcribe(model, sound, options);
  }
}
