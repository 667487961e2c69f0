/** The live sessions that are open: opens them, and ends all of them when the service stops. */
import type { ServiceLimits } from '../../config/limits.ts';
import { SandpiperError, toPlainError } from '../../errors.ts';
import { openLiveDecoder } from '../../media/live/open-live-decoder.ts';
import type { Observer } from '../../telemetry/observer.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import type { InFlight } from '../../async/in-flight.ts';
import type { LiveOptions, LiveTranscription } from '../api/live.ts';
import type { LiveAbility } from '../models/component-task.ts';
import type { ServedModel } from '../models/served-model.ts';
import { LiveSlots } from './live-slots.ts';
import { LiveSession } from './live-session.ts';
import { runLiveSession } from './run-live-session.ts';

export interface LiveSessionManagerOptions {
  limits: ServiceLimits;
  observer: Observer;
  /** Where spans go, if anywhere. */
  tracing: Tracing | undefined;
  inFlight: InFlight;
}

export class LiveSessionManager {
  readonly #options: LiveSessionManagerOptions;
  readonly slots: LiveSlots;
  readonly #open = new Set<LiveSession>();
  #stopping = false;

  constructor(options: LiveSessionManagerOptions) {
    this.#options = options;
    this.slots = new LiveSlots(options.limits.maxLiveSounds);
  }

  /** @throws SandpiperError `unsupported-request`, `over-capacity`, `not-ready` */
  open(model: ServedModel, options: LiveOptions): LiveTranscription {
    const ability = liveAbilityOf(model);
    model.breaker.assertClosed();
    const { limits } = this.#options;
    const { sampleRate, longestPiece } = ability;
    const { format = 'auto', turns = {}, slot = this.slots.take(options.client) } = options;
    const decoder = openLiveDecoder(format, sampleRate, limits);
    const live = new LiveSession({ sampleRate, longestPiece, decoder, turns, limits });
    this.#open.add(live);
    void this.#serve({ model, ability }, live, options).finally(() => {
      this.#open.delete(live);
      decoder[Symbol.dispose]();
      slot[Symbol.dispose]();
    });
    if (this.#stopping) live.finish();
    return live;
  }

  /** Opens no more; each that is open ends after the turn that is being spoken. */
  finish(): void {
    this.#stopping = true;
    this.slots.stop();
    for (const live of this.#open) live.finish();
  }

  async #serve(
    served: { model: ServedModel; ability: LiveAbility },
    live: LiveSession,
    options: LiveOptions,
  ): Promise<void> {
    const { model } = served;
    const { observer, tracing, limits } = this.#options;
    const signal = AbortSignal.any([options.signal ?? live.signal, live.signal]);
    using scope = model.scope({ ...options, signal }, tracing);
    try {
      using _presence = this.#options.inFlight.enter();
      using _use = model.inFlight.enter();
      await runLiveSession(served, live, options, scope, limits);
      observer.ended(model.name, 'ok');
      live.done();
    } catch (error) {
      const { code } = toPlainError(error);
      scope.span.error = code;
      observer.ended(model.name, code);
      live.fail(error);
    }
  }
}

function liveAbilityOf(model: ServedModel): LiveAbility {
  const { live } = model.abilities;
  if (live !== undefined) return live;
  throw new SandpiperError(
    'unsupported-request',
    `Model ${model.name} takes whole sounds only: its component does not import sandpiper:inference/live-sound.`,
  );
}
