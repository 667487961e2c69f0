/** The service itself: starts its threads, loads its models, answers requests, drains and closes. */
import { resolve } from 'node:path';
import type { Settings } from '../config/settings.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { byteLengthOf, givenBytes } from './api/client-tensors.ts';
import { pumpLive } from './live/pump-live.ts';
import { decodesLive } from '../media/live/open-live-decoder.ts';
import { assertReady, notReady } from './api/service-errors.ts';
import { abilityOf } from './models/ability-of.ts';
import type { ServedModel } from './models/served-model.ts';
import type { RequestScope } from './queue/request-scope.ts';
import { assertFits, readFile } from './read-file.ts';
import { assertSomeAdmits, serveRequest } from './serve-request.ts';
import { ServiceParts } from './service-parts.ts';
import { plainOutputs } from './plain-outputs.ts';
import { readInputs } from './read-inputs.ts';
import { activityOf } from './models/activity.ts';
import {
  assertTensors,
  checkClassifyOptions,
  checkInferOptions,
  checkLiveOptions,
  checkPredictOptions,
  checkTranscribeOptions,
} from './api/task-options.ts';
import type {
  Classification,
  ClassifyOptions,
  InferenceService,
  ModelSummary,
  NotServed,
  SampleResult,
  TranscribeOptions,
  Transcription,
} from './api/tasks.ts';
import type { FileInput, RequestOptions, Timing } from './api/request.ts';
import type { Activity, ModelSample } from './api/insight.ts';
import type { LiveEvent, LiveInput, LiveOptions, LiveSlot, LiveTranscription } from './api/live.ts';
import type {
  NamedInput,
  PredictionAnswer,
  PredictionInputs,
  PredictionResult,
  PredictionValue,
  PredictOptions,
} from './api/predictions.ts';
import type {
  ClientTensor,
  InferAnswer,
  InferOptions,
  ModelDescription,
  ModelStatistics,
  RepositoryEntry,
} from './api/tensor-inference.ts';

export interface SandpiperOptions {
  /** Where traces and metrics go. */
  telemetry?: Telemetry | undefined;
  /** Whether it is closed with the service. */
  ownsTelemetry?: boolean;
  /** Called each time when nothing has been asked for the limit `idleMs`. */
  onIdle?: () => void;
}

export class Sandpiper implements InferenceService, AsyncDisposable {
  readonly notServed: NotServed[] = [];
  /** As they were given, with every default filled in: `cacheDir` is where translated components are kept. */
  readonly settings: Settings;
  readonly logger: Logger;
  /** Where its traces and metrics go, beside the log and {@link metrics}. */
  readonly telemetry: Telemetry | undefined;
  readonly #ownsTelemetry: boolean;
  readonly #parts: ServiceParts;
  #state: InferenceService['state'] = 'loading';
  #closed: Promise<void> | undefined;
  readonly #loaded = Promise.withResolvers<void>();
  readonly loaded = this.#loaded.promise;
  readonly #ended = Promise.withResolvers<void>();
  /** Resolves when {@link close} is done. */
  readonly closed = this.#ended.promise;
  readonly #lost = Promise.withResolvers<string>();
  /** Resolves with the reason if the service cannot go on: the process should then be started again. */
  readonly lost = this.#lost.promise;

  constructor(
    given: Settings,
    logger: Logger,
    { telemetry, ownsTelemetry = false, onIdle = () => undefined }: SandpiperOptions = {},
  ) {
    // Processes that have another current folder use it, too.
    const settings = { ...given, cacheDir: resolve(given.cacheDir) };
    this.telemetry = telemetry;
    this.#ownsTelemetry = ownsTelemetry;
    this.settings = settings;
    this.logger = logger;
    this.#parts = new ServiceParts({
      settings,
      logger,
      tracing: telemetry?.tracing,
      onStuck: () => this.#stuck(),
      onIdle,
    });
    telemetry?.addMetrics(async () => this.#parts.metrics.values(this.#parts.snapshot()));
  }

  get state(): InferenceService['state'] {
    return this.#state;
  }

  /** Results of the models' samples, by the models' names. */
  get samples(): SampleResult[] {
    return this.#parts.models.all
      .flatMap(({ sampleResult }) => sampleResult ?? [])
      .toSorted((a, b) => a.model.localeCompare(b.model));
  }

  get complete(): boolean {
    return this.#parts.lifecycle.complete;
  }

  /**
   * Loads every model and runs its sample through the whole path.
   * @param options.mayServeNone whether it is no error that no model can be served: one may come later
   * @throws SandpiperError for the first model that cannot be served, where the settings are `strict` or none can be
   *   served; the service is closed then
   */
  async load(options: { mayServeNone?: boolean } = {}): Promise<void> {
    try {
      const notServed = await this.#parts.lifecycle.start(options);
      this.notServed.push(...notServed);
      // A process that ends while a thread loads the engine's library dies of it.
      await this.#parts.guests.settled();
      this.#parts.loaded();
      this.#state = 'ready';
      this.#loaded.resolve();
    } catch (error) {
      await this.close(0);
      throw error;
    }
  }

  models(): ModelSummary[] {
    return this.#parts.models.defaults.map((model) => model.summary());
  }

  async metrics(): Promise<string> {
    return this.#parts.metrics.text(this.#parts.snapshot());
  }

  assertRoom(
    names: readonly string[],
    { client = '', bytes = 0 }: { client?: string | undefined; bytes?: number } = {},
  ): void {
    assertReady(this);
    const models = names.map((name) => this.#parts.models.get(name));
    assertSomeAdmits(this.#parts, models, { client, bytes });
  }

  async classify(model: string, picture: FileInput, options: ClassifyOptions = {}): Promise<Classification> {
    const checked = checkClassifyOptions(options);
    return this.#serveFile(model, picture, checked, async (served, file, scope) =>
      abilityOf(served, 'classify')(file, checked, scope),
    );
  }

  async transcribe(model: string, sound: FileInput, options: TranscribeOptions = {}): Promise<Transcription> {
    const checked = checkTranscribeOptions(options);
    return this.#serveFile(model, sound, checked, async (served, file, scope) =>
      abilityOf(served, 'transcribe')(file, checked, scope),
    );
  }

  activity(models?: ReadonlySet<string>): Activity {
    return activityOf(this.#parts.models.all.filter(({ name }) => models?.has(name) ?? true));
  }

  sample(name: string): ModelSample {
    return this.#parts.models.get(name).sample();
  }

  takeLiveSlot({ client }: { client?: string | undefined } = {}): LiveSlot {
    assertReady(this);
    return this.#parts.live.slots.take(client);
  }

  openLive(model: string, options: LiveOptions = {}): LiveTranscription {
    const checked = checkLiveOptions(options);
    assertReady(this);
    const served = this.#parts.models.get(model);
    abilityOf(served, 'transcribe');
    return this.#parts.live.open(served, checked);
  }

  async predictNamed(
    model: string,
    inputs: readonly NamedInput[],
    options: PredictOptions = {},
  ): Promise<PredictionAnswer> {
    const checked = checkPredictOptions(options);
    assertReady(this);
    const served = this.#parts.models.get(model, checked.version);
    const asked = { model: served, options: checked, bytes: givenBytes(inputs) };
    return serveRequest(this.#parts, asked, async (scope) =>
      abilityOf(served, 'predict')(inputs, checked, scope),
    );
  }

  /** Named values in, named values out. @throws SandpiperError as {@link predictNamed} */
  async predict<Outputs = Record<string, PredictionValue>>(
    model: string,
    inputs: PredictionInputs,
    options: PredictOptions = {},
  ): Promise<PredictionResult<Outputs>> {
    assertReady(this);
    const { prediction } = this.#parts.models.get(model, checkPredictOptions(options).version).summary();
    const read = { maxBytes: this.settings.limits.uploadBytes, signal: options.signal };
    const named = await readInputs(inputs, prediction?.inputs ?? [], read);
    const { outputs, ...answer } = await this.predictNamed(model, named, options);
    return { ...answer, outputs: plainOutputs(outputs) as Outputs };
  }

  transcribeLive(
    model: string,
    sound: LiveInput,
    options: LiveOptions = {},
  ): AsyncGenerator<LiveEvent, void> {
    return pumpLive(this.openLive(model, options), sound);
  }

  decodesLive(head: Uint8Array): boolean {
    return decodesLive(head);
  }

  async infer(
    name: string,
    inputs: readonly ClientTensor[],
    options: InferOptions = {},
  ): Promise<InferAnswer> {
    const checked = checkInferOptions(options);
    assertTensors(inputs);
    assertReady(this);
    const model = this.#parts.models.get(name, checked.version);
    const asked = { model, options: checked, bytes: byteLengthOf(inputs) };
    return serveRequest(this.#parts, asked, async (scope) => model.infer(inputs, checked, scope));
  }

  describeModel(name: string, version?: number): ModelDescription {
    if (this.#state === 'loading') throw notReady(this.#state);
    const { models } = this.#parts;
    return models.get(name, version).description(models.versionsOf(name).map((model) => model.version));
  }

  statistics(name?: string, version?: number): readonly ModelStatistics[] {
    return this.#parts.models.select(name, version).map((model) => model.statistics.read());
  }

  async repositoryIndex(): Promise<readonly RepositoryEntry[]> {
    return this.#parts.lifecycle.index();
  }

  async loadModel(name: string): Promise<void> {
    assertReady(this);
    return this.#parts.lifecycle.load(name);
  }

  async unloadModel(name: string): Promise<void> {
    assertReady(this);
    return this.#parts.lifecycle.unload(name);
  }

  /**
   * Takes no new work, lets what runs finish within the grace, then ends every thread.
   * @param graceMs default: the setting `limits.graceMs`
   */
  async close(graceMs: number = this.settings.limits.graceMs): Promise<void> {
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serveFile<Answer extends { timing: Timing }>(
    name: string,
    given: FileInput,
    options: RequestOptions,
    work: (model: ServedModel, file: Uint8Array, scope: RequestScope) => Promise<Answer>,
  ): Promise<Answer> {
    assertReady(this);
    const read = { maxBytes: this.settings.limits.uploadBytes, signal: options.signal };
    // Bytes that are here go on in this very turn, so that requests keep their order.
    const file = given instanceof Uint8Array ? assertFits(given, read) : await readFile(given, read);
    assertReady(this);
    const model = this.#parts.models.get(name);
    const asked = { model, options, bytes: file.byteLength };
    return serveRequest(this.#parts, asked, async (scope) => work(model, file, scope));
  }

  async #close(graceMs: number): Promise<void> {
    this.#state = 'draining';
    await this.#parts.close(graceMs);
    if (this.#ownsTelemetry) await this.telemetry?.close();
    this.#state = 'closed';
    this.#ended.resolve();
  }

  /** Every run that may go on at a time is in an operator that does not end: no answer can come any more. */
  #stuck(): void {
    const reason = 'every graph that runs is far over its deadline';
    this.logger.error({ reason }, 'the service takes no more work');
    this.#lost.resolve(reason);
    void this.close(0);
  }
}
