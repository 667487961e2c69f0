/** The live sessions that are open: opens them, runs them, and ends all of them when the service stops. */
import type { ServiceLimits } from '../../config/limits.ts';
import { onAbort } from '../../async/on-abort.ts';
import { SandpiperError, toPlainError } from '../../errors.ts';
import { openLiveDecoder } from '../../media/live/open-live-decoder.ts';
import type { Observer } from '../../telemetry/observer.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import type { InFlight } from '../../async/in-flight.ts';
import type { LiveOptions, LiveTranscription } from '../api/live.ts';
import type { LiveAbility } from '../models/component-task.ts';
import type { LiveWork } from '../models/guest-work.ts';
import type { ServedModel } from '../models/served-model.ts';
import type { RequestScope } from '../queue/request-scope.ts';
import { LiveSlots } from './live-slots.ts';
import { LiveSession } from './live-session.ts';
import { enforceLiveTimeouts } from './live-timeouts.ts';

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

/** Waits for the first sound, calls the component, and returns when it has returned. */
async function runLiveSession(
  { model, ability }: { model: ServedModel; ability: LiveAbility },
  live: LiveSession,
  { language, prompt }: LiveOptions,
  scope: RequestScope,
  limits: ServiceLimits,
): Promise<void> {
  const { deadlineMs } = model.folder.limits;
  scope.setModelDeadline(limits.liveSoundSeconds * 1_000 + deadlineMs);
  using _watch = enforceLiveTimeouts(live, { ...limits, deadlineMs }, (reason) => scope.abort(reason));
  const aborted = Promise.withResolvers<void>();
  using _listener = onAbort(scope.signal, aborted.resolve);
  await Promise.race([live.begun, aborted.promise]);
  scope.signal.throwIfAborted();
  scope.begin();
  const work: LiveWork = {
    ring: live.ring.shared,
    onReport: live.report,
    onStart: (wake) => live.buffer.attach(wake),
  };
  const { text, segments } = await ability.transcribe(work, { language, prompt }, scope);
  if (!live.buffer.over)
    throw new SandpiperError('wrong-answer', 'The component ended before its live sound did.');
  if (text === '') return;
  // Returned in place of settling it before: the session's last turn.
  const tokens = Uint32Array.from(segments.flatMap((segment) => [...segment.tokens]));
  const averageLogProbability = segments[0]?.averageLogProbability ?? 0;
  live.report({ kind: 'turn', text, start: 0, end: live.buffer.length, tokens, averageLogProbability });
}
