/** A model behind a component: its program in the guest threads, and calls to it. */
import { toPlainError } from '../../errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ComponentFolder } from '../../repository/component-folder.ts';
import type { GuestPool } from '../../sandbox/guest/guest-pool.ts';
import type { CallOutcome, Failure, GuestProgram, LiveReport } from '../../sandbox/guest-protocol.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Observer } from '../../telemetry/observer.ts';
import type { Span } from '../../telemetry/span.ts';
import { valueOf } from './guest-answer.ts';
import type { RequestScope } from '../queue/request-scope.ts';
import type { Turn } from '../queue/scheduler.ts';
import { ServedModel, type ServedFolder, type ServedModelContext } from './served-model.ts';
import type { ModelSummary, SpeechAbilities } from '../api/tasks.ts';

const LIVE_SOUND = 'sandpiper:inference/live-sound@0.1.0';

export interface GuestWork<Answer> {
  function: string;
  args: readonly unknown[];
  sound?: Float32Array;
  /** The sound is still coming. */
  live?: LiveWork;
  /** Of a call that may take long: it gives way between its windows. */
  turn?: Turn;
  transfer?: ArrayBuffer[];
  onProgress?: ((update: { text: string; seconds: number }) => void) | undefined;
  /** Holds what the component answered against the contract. @throws BadAnswer */
  check: (value: unknown) => Answer;
}

/** A live sound, and who hears what a component tells of it. */
export interface LiveWork {
  ring: SharedArrayBuffer;
  onReport: (report: LiveReport) => void;
  /** @param wake to be called when there is more of the sound */
  onStart: (wake: () => void) => void;
}

export interface ServedComponentContext extends Omit<ServedModelContext, 'probe'> {
  guests: GuestPool;
  engine: Engine;
  /** Runs the model's sample, to find out whether a model that was set aside works again. */
  probe: (model: ServedComponent) => Promise<unknown>;
}

export class ServedComponent extends ServedModel<ServedFolder<ComponentFolder>> {
  readonly program: GuestProgram;
  /** What the component's `describe` answered: an image-input or an audio-input. */
  description: unknown;
  readonly #guests: GuestPool;
  readonly #engine: Engine;
  readonly #logger: Logger;
  readonly #observer: Observer;

  constructor(folder: ServedFolder<ComponentFolder>, program: GuestProgram, context: ServedComponentContext) {
    super(folder, { ...context, probe: async () => context.probe(this) });
    this.program = program;
    this.#guests = context.guests;
    this.#engine = context.engine;
    this.#logger = context.logger;
    this.#observer = context.observer;
  }

  override summary(): ModelSummary {
    const summary = super.summary();
    if (summary.task !== 'speech-transcription') return summary;
    const { languages, wordTimestamps } = this.description as SpeechAbilities;
    return { ...summary, speech: { languages, wordTimestamps, live: this.hearsLive } };
  }

  /** Whether its component takes sounds that are still coming. */
  get hearsLive(): boolean {
    const { component } = this.program;
    return 'imports' in component && component.imports.includes(LIVE_SOUND);
  }

  override release(): void {
    this.breaker[Symbol.dispose]();
    this.#guests.uninstall(this.program.key);
    for (const { key } of this.program.graphs.values()) this.#engine.unload(key);
  }

  /** Calls the component in a fresh instance. @throws SandpiperError */
  async call<Answer>(work: GuestWork<Answer>, scope: RequestScope): Promise<Answer> {
    const run: GuestRun = { guest: undefined, heldUpMs: 0 };
    try {
      const value = valueOf(await this.#run(work, scope, run), {
        model: this.name,
        fields: scope.fields,
        logger: this.#logger,
        check: work.check,
      });
      this.breaker.succeeded();
      return value;
    } catch (error) {
      if (run.guest !== undefined) this.judge(error, scope, run.guest.ms - run.heldUpMs);
      throw error;
    }
  }

  async #run(work: GuestWork<unknown>, scope: RequestScope, run: GuestRun): Promise<CallOutcome> {
    const { function: name, args, sound, live, turn, transfer = [], onProgress } = work;
    const call = {
      program: this.program.key,
      function: name,
      args,
      sound,
      live: live?.ring,
      deadline: scope.deadline,
      trace: scope.parent,
    };
    using waiting = scope.span.open('queue');
    try {
      const { spans, ...outcome } = await this.#guests.call(call, {
        signal: scope.signal,
        transfer,
        onProgress,
        onLive: live?.onReport,
        fields: scope.fields,
        // It has no turn to give up: it sleeps whenever it has heard all that there is.
        ...(live && { onPause: async () => undefined }),
        ...(turn && { onPause: async () => run.guest?.during('queue', async () => turn.giveWay()) }),
        onEnd: (heldUpMs) => (run.heldUpMs = heldUpMs),
        onStart: (wake) => {
          live?.onStart(wake);
          waiting.close();
          run.guest = scope.span.open('guest');
        },
      });
      run.guest?.adopt(spans);
      scope.assertInTime();
      if (outcome.kind !== 'value' && run.guest !== undefined) run.guest.error = outcome.kind;
      if (outcome.kind === 'trap') this.#observer.trapped(this.name);
      if (outcome.kind === 'failure' && isRefusal(outcome.failure)) this.#observer.refused(this.name);
      return outcome;
    } catch (error) {
      const { code } = toPlainError(error);
      if (run.guest !== undefined) run.guest.error = code;
      if (code === 'component-failed') {
        // Its thread ended under it, which no instance survives.
        this.#observer.trapped(this.name);
        this.#logger.error({ ...scope.fields, model: this.name, err: error }, 'component died');
      }
      if (code === 'deadline-exceeded' && run.guest !== undefined) this.#observer.missedDeadline(this.name);
      throw error;
    } finally {
      run.guest?.close();
    }
  }
}

/** What is known of a call from outside. */
interface GuestRun {
  /** From the moment in which it got a guest thread. */
  guest: Span | undefined;
  /** Milliseconds in which others kept it from working. */
  heldUpMs: number;
}

/** Whether it says what is wrong with the request, and not that it failed itself. */
function isRefusal({ tag }: Failure): boolean {
  return tag === 'invalid-input' || tag === 'unsupported';
}
