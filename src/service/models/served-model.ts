/** One model version in service: its admission, circuit breaker and statistics. */
import type { Engine } from '../../engine/engine.ts';
import { asModelFault, invalidRequest } from '../../errors.ts';
import type { ModelFolder } from '../../repository/model-folder.ts';
import type { GuestPool } from '../../sandbox/guest/guest-pool.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Observer, VersionSnapshot } from '../../telemetry/observer.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import { Admission } from '../queue/admission.ts';
import type { QueuedBytes } from '../queue/queued-bytes.ts';
import { CircuitBreaker } from '../queue/circuit-breaker.ts';
import { InFlight } from '../../async/in-flight.ts';
import { InferenceCounter } from './inference-counter.ts';
import { classifyFailure } from '../queue/classify-failure.ts';
import { RequestScope } from '../queue/request-scope.ts';
import type { RequestClass, Scheduler, Slot } from '../queue/scheduler.ts';
import type { GraphSignature } from '../api/graph-signature.ts';
import type { ModelSample } from '../api/insight.ts';
import type { ModelSummary, SampleResult } from '../api/tasks.ts';
import type { RequestOptions } from '../api/request.ts';
import type { ClientTensor, InferAnswer, InferOptions, ModelDescription } from '../api/tensor-inference.ts';
import type { Abilities, ModelPorts, SampleAnswer } from './component-task.ts';

export interface ServedModelContext {
  /** Requests that may run at a time. */
  runSlots: number;
  scheduler: Scheduler;
  queuedBytes: QueuedBytes;
  engine: Engine;
  guests: GuestPool;
  logger: Logger;
  observer: Observer;
}

/** The folder of a model in service without its files, which are in the engine and the guest threads. */
export type ServedFolder<Folder extends ModelFolder> = Omit<
  Folder,
  'graph' | 'graphs' | 'component' | 'assets' | 'folders'
>;

export abstract class ServedModel<Folder extends ServedFolder<ModelFolder> = ServedFolder<ModelFolder>> {
  readonly folder: Folder;
  readonly name: string;
  readonly version: number;
  readonly admission: Admission;
  readonly breaker: CircuitBreaker;
  readonly statistics: InferenceCounter;
  readonly runSlots: number;
  /** Requests and samples in flight; the model must not be released while there are any. */
  readonly inFlight = new InFlight();
  ready = false;
  /** Result of its sample; undefined before. */
  sampleResult: SampleResult | undefined;
  /** Time from reading the folder to the sample's answer. */
  loadSeconds = 0;
  protected readonly context: ServedModelContext;

  constructor(folder: Folder, context: ServedModelContext) {
    const { name, version } = folder;
    this.folder = folder;
    this.name = name;
    this.version = version;
    this.context = context;
    const { runSlots, queuedBytes, logger, observer } = context;
    this.runSlots = runSlots;
    const { queueLength } = folder.limits;
    this.admission = new Admission({ model: name, runSlots, queueLength, queuedBytes });
    this.statistics = new InferenceCounter(name, version);
    this.breaker = new CircuitBreaker({
      model: name,
      // Whether a model that was set aside works again, its sample tells.
      probe: async () => this.runSample(),
      onChange: (open) => {
        logger.warn({ model: name }, open ? 'model set aside' : 'model back in service');
        if (open) observer.noted(name, 'set-aside');
      },
    });
  }

  summary(): ModelSummary {
    const { name, version, created, manifest } = this.folder;
    return {
      name,
      version,
      task: manifest.task,
      contract: 'tensors',
      ready: this.ready && !this.breaker.open,
      created,
      licence: manifest.licence,
    };
  }

  sample(): ModelSample {
    const { sample: file = '', answer = '', ms = 0 } = this.sampleResult ?? {};
    return { file, files: new Map(), answer, ms };
  }

  /** @param versions of the model in service, ascending */
  description(versions: readonly number[]): ModelDescription {
    const { task, licence, source } = this.folder.manifest;
    const { ready, prediction } = this.summary();
    return {
      name: this.name,
      version: this.version,
      versions,
      ready,
      platform: this.platform,
      triton: this.triton,
      ...this.ports,
      graphs: this.graphSignatures,
      ...(prediction !== undefined && { prediction }),
      properties: { ...this.properties, task, licence, source },
    };
  }

  snapshot(): VersionSnapshot {
    return {
      ...this.statistics.read(),
      failures: this.statistics.failures,
      pending: this.admission.waiting,
      loadSeconds: this.loadSeconds,
    };
  }

  /** As the Open Inference Protocol calls what runs it. */
  abstract readonly platform: string;
  abstract readonly triton: ModelDescription['triton'];
  abstract readonly ports: ModelPorts;
  /** Inputs and outputs of its graphs. */
  abstract readonly graphSignatures: readonly GraphSignature[];
  abstract readonly abilities: Abilities;
  /** The model's own properties. */
  readonly properties: Readonly<Record<string, string>> = {};

  /** Tensors in, tensors out. @throws SandpiperError */
  abstract infer(
    inputs: readonly ClientTensor[],
    options: InferOptions,
    scope: RequestScope,
  ): Promise<InferAnswer>;

  /**
   * Answers its own sample through the whole path: a model that can may serve.
   *
   * @throws SandpiperError `invalid-model` when the answer is not the expected one, and what the request fails with
   */
  async runSample(): Promise<SampleResult> {
    using _presence = this.inFlight.enter();
    using scope = this.scope({});
    const started = performance.now();
    const answer = await this.answerSample(scope);
    return { model: this.name, ...answer, ms: performance.now() - started };
  }

  /** The same, before it serves anybody. @throws SandpiperError of which no client is at fault */
  async passSample(): Promise<SampleResult> {
    try {
      return await this.runSample();
    } catch (error) {
      throw asModelFault(error, `Cannot serve model ${this.name}: its sample fails`);
    }
  }

  /** Whether its calls take long, so that they must leave something to others. */
  protected abstract get isSlow(): boolean;

  protected abstract answerSample(scope: RequestScope): Promise<SampleAnswer>;

  /** Frees its memory in other threads; the model must not be used afterwards. */
  abstract release(): void;

  /**
   * A request's scope, its deadline the shorter of the model's and the client's.
   *
   * @param tracing where the spans of a client's request go, if anywhere
   */
  scope(options: RequestOptions, tracing?: Tracing): RequestScope {
    const scope = new RequestScope(this.folder.limits.deadlineMs, options, tracing);
    Object.assign(scope.span.attributes, {
      'sandpiper.model': this.name,
      'sandpiper.model.version': this.version,
    });
    return scope;
  }

  /**
   * Waits for a slot. Must be called before the request's file is decoded, and the slot disposed of when the component
   * has answered. A request with several inputs needs a slot for each.
   *
   * @throws the scope's reason
   */
  async acquireSlot(scope: RequestScope, requestClass: RequestClass): Promise<Slot> {
    const { client, priority, signal } = scope;
    const flow = JSON.stringify([this.name, client]);
    const before = scope.workedMs;
    const slot = await scope.span.during('queue', async () =>
      this.context.scheduler.acquire({
        class: requestClass,
        flow,
        client,
        priority,
        signal,
        slow: () => this.isSlow,
        ...(requestClass === 'short' && { usedMs: () => scope.workedMs - before }),
      }),
    );
    scope.begin(slot.order);
    return slot;
  }

  /** @throws SandpiperError `invalid-request` for an output that the model does not have */
  protected assertOutputs(wanted: readonly string[], names: readonly string[]): void {
    const unknown = wanted.find((name) => !names.includes(name));
    if (unknown === undefined) return;
    throw invalidRequest(
      `unexpected inference output '${unknown.slice(0, 100)}' for model '${this.name}', which gives ${names.join(', ')}`,
    );
  }

  /** Tells the circuit breaker about a request that failed after it had run for `ranMs`. */
  protected recordFailure(error: unknown, scope: RequestScope, ranMs: number): void {
    const verdict = classifyFailure(error, scope, ranMs);
    if (verdict === 'fault') this.breaker.failed();
    if (verdict === 'healthy') this.breaker.succeeded();
  }
}
