/**
 * The parts of a service, put together once. Each part is given the parts that it needs and knows no others.
 *
 * Ownership: the service, which closes them: work that waits is refused, work that runs has the grace, and then every
 * thread and process is ended.
 */
import packageJson from '../../package.json' with { type: 'json' };
import { IdleTimer } from '../async/idle-timer.ts';
import { InFlight } from '../async/in-flight.ts';
import type { Settings } from '../config/settings.ts';
import { BACKENDS } from '../engine/backends.ts';
import { Engine } from '../engine/engine.ts';
import { SandpiperError } from '../errors.ts';
import { PictureDecoder } from '../media/picture-decoder.ts';
import { SoundDecoder } from '../media/sound-decoder.ts';
import { ComponentCache } from '../sandbox/component/component-cache.ts';
import { GuestPool } from '../sandbox/guest/guest-pool.ts';
import { guestSlots } from '../sandbox/guest/guest-threads.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Metrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { Snapshot } from '../telemetry/observer.ts';
import { ModelCatalogue } from './lifecycle/model-catalogue.ts';
import { ModelLifecycle } from './lifecycle/model-lifecycle.ts';
import { LiveSessionManager } from './live/live-session-manager.ts';
import { logGuest } from './models/log-guest.ts';
import type { Media } from './models/component-task.ts';
import { QueuedBytes } from './queue/queued-bytes.ts';
import { Scheduler } from './queue/scheduler.ts';
import { watchForStuck } from './queue/stuck-watch.ts';

/** Time for garbage to be collected, which frees more of the C library's heap. */
const COLLECTED_MS = 1_000;

export interface PartsOptions {
  settings: Settings;
  logger: Logger;
  /** Where the spans of requests go, if anywhere. */
  tracing: Tracing | undefined;
  /** Every run that may go on at a time is in an operator that does not end: no answer can come any more. */
  onStuck: () => void;
  /** Nothing has been asked for a while. */
  onIdle: () => void;
}

export class ServiceParts {
  readonly models = new ModelCatalogue();
  readonly lifecycle: ModelLifecycle;
  readonly live: LiveSessionManager;
  readonly inFlight: InFlight;
  readonly tracing: Tracing | undefined;
  readonly metrics: Metrics;
  readonly guests: GuestPool;
  readonly #engine: Engine;
  readonly #scheduler: Scheduler;
  readonly #media: Media;
  readonly #stuckWatch: Disposable;
  readonly #idle: IdleTimer;

  constructor({ settings, logger, tracing, onStuck, onIdle }: PartsOptions) {
    const { limits, cacheDir, guestThreads: threads } = settings;
    const guestThreads = { threads, longCalls: limits.maxConcurrentTranscriptions + limits.maxLiveSounds };
    const engine = new Engine({
      runs: settings.concurrentRuns,
      guestSlots: guestSlots(guestThreads),
      memoryBytes: limits.runMemoryBytes,
      trials: { limits, cacheDir },
    });
    this.#engine = engine;
    this.tracing = tracing;
    this.#idle = new IdleTimer(limits.idleMs, () => {
      this.guests.giveMemoryBack();
      onIdle();
      setTimeout(() => void engine.trimHeap(), COLLECTED_MS).unref();
    });
    this.inFlight = new InFlight((requests) => {
      engine.setActiveRequests(requests);
      if (requests === 0) this.#idle.start();
      else this.#idle.stop();
    });
    this.metrics = new Metrics({
      sandpiper: packageJson.version,
      node: process.versions.node,
      libraries: Object.fromEntries(BACKENDS.map(({ library, version }) => [library, version])),
      runMemoryBytes: limits.runMemoryBytes,
    });
    this.live = new LiveSessionManager({ limits, observer: this.metrics, tracing, inFlight: this.inFlight });
    this.guests = new GuestPool({
      ...guestThreads,
      engine,
      limits,
      onLog: (line) => logGuest(logger, line),
      onSlowChanged: () => this.#scheduler.recheck(),
    });
    this.#scheduler = new Scheduler({
      guestThreads: threads,
      maxConcurrentTranscriptions: limits.maxConcurrentTranscriptions,
      onShort: () => engine.noteShortRequest(),
    });
    this.#stuckWatch = watchForStuck(() => this.guests.stuckSince, onStuck, {
      most: threads,
      patienceMs: limits.stuckRunMs,
    });
    this.#media = { pictures: new PictureDecoder(limits), sound: new SoundDecoder(limits), limits };
    this.lifecycle = new ModelLifecycle({
      settings,
      catalogue: this.models,
      context: {
        engine,
        guests: this.guests,
        cache: new ComponentCache(cacheDir, limits.cacheBytes, (reason) => logger.warn(reason)),
        limits,
        runSlots: threads,
        scheduler: this.#scheduler,
        queuedBytes: new QueuedBytes(limits.maxQueuedBytes),
        logger,
        observer: this.metrics,
        media: this.#media,
      },
    });
  }

  snapshot(): Snapshot {
    const { models } = this;
    return {
      models: models.defaults.map((model) => ({
        name: model.name,
        ready: model.summary().ready,
        present: models.versionsOf(model.name).reduce((sum, { admission }) => sum + admission.present, 0),
      })),
      versions: models.all.map((model) => model.snapshot()),
      ...this.#scheduler.state,
      guestThreads: this.guests.state,
      live: this.live.slots.state,
      runs: this.#engine.busy,
      engineMemory: this.#engine.memory,
    };
  }

  /** The models are loaded: from now on it is idle while nothing is asked. */
  loaded(): void {
    this.#idle.start();
  }

  async close(graceMs: number): Promise<void> {
    for (const { breaker } of this.models.all) breaker[Symbol.dispose]();
    this.live.finish();
    await this.inFlight.empty(graceMs);
    this.#stuckWatch[Symbol.dispose]();
    this.#idle.stop();
    this.#scheduler.close(new SandpiperError('not-ready', 'The service is closing.'));
    await this.guests.close();
    this.#engine.close();
    await this.#media.pictures[Symbol.asyncDispose]();
    await this.#media.sound[Symbol.asyncDispose]();
    this.metrics[Symbol.dispose]();
  }
}
