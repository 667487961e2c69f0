/** One model version in service: its program in the guest threads, and calls to it. */
import { SandpiperError, toPlainError } from '../errors.ts';
import type { GuestPool } from '../sandbox/guest-pool.ts';
import type { GuestOutcome, GuestProgram } from '../sandbox/guest-protocol.ts';
import type { ModelFolder } from '../repository/model-folder.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Admission } from './admission.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { valueOf } from './guest-answer.ts';
import type { Observer } from '../telemetry/observer.ts';
import { judge, type Verdict } from './judge.ts';
import { RequestScope } from './request-scope.ts';
import type { ModelSummary, RequestOptions, Task } from './tasks.ts';

export interface GuestWork {
  function: string;
  args: readonly unknown[];
  sound?: Float32Array;
  transfer?: ArrayBuffer[];
  onProgress?: ((update: { text: string; seconds: number }) => void) | undefined;
}

export interface ServedModelContext {
  guests: GuestPool;
  /** Guest threads. */
  places: number;
  logger: Logger;
  observer: Observer;
  /** Runs the model's sample, to find out whether a model that was set aside works again. */
  probe: (model: ServedModel) => Promise<unknown>;
}

export class ServedModel {
  readonly folder: ModelFolder;
  readonly program: GuestProgram;
  readonly admission: Admission;
  readonly breaker: CircuitBreaker;
  ready = false;
  /** What the component's `describe` answered: an image-input or an audio-input. */
  description: unknown;
  readonly #guests: GuestPool;
  readonly #logger: Logger;
  readonly #observer: Observer;

  constructor(
    folder: ModelFolder,
    program: GuestProgram,
    { guests, places, logger, observer, probe }: ServedModelContext,
  ) {
    this.folder = folder;
    this.program = program;
    this.#guests = guests;
    this.#logger = logger;
    this.#observer = observer;
    this.admission = new Admission(folder.name, places + folder.limits.queueLength);
    this.breaker = new CircuitBreaker({
      model: folder.name,
      probe: () => probe(this),
      onChange: (open) => {
        logger.warn({ model: folder.name }, open ? 'model set aside' : 'model back in service');
        if (open) observer.setAside(folder.name);
      },
    });
  }

  get name(): string {
    return this.folder.name;
  }

  summary(): ModelSummary {
    const { name, version, created, manifest } = this.folder;
    return {
      name,
      version,
      task: manifest.task,
      ready: this.ready && !this.breaker.open,
      created,
      licence: manifest.licence,
    };
  }

  /** @throws SandpiperError `invalid-request` for another task, `not-ready` while the model is set aside */
  assertServes(task: Task): void {
    const own = this.folder.manifest.task;
    if (own !== task)
      throw new SandpiperError(
        'invalid-request',
        `Model ${this.name} does ${own}, and the request is for ${task}.`,
      );
    this.breaker.assertClosed();
  }

  /** A request's scope, its deadline the shorter of the model's and the client's. */
  scope({ deadlineMs, signal }: RequestOptions): RequestScope {
    return new RequestScope(this.folder.limits.deadlineMs, deadlineMs, signal);
  }

  /** Calls the component in a fresh instance. @throws SandpiperError */
  async call(work: GuestWork, scope: RequestScope): Promise<unknown> {
    let started: number | undefined;
    return scope.stage('guest', async () => {
      try {
        const outcome = await this.#run(work, scope, (at) => (started = at));
        const value = valueOf(outcome, this.name, this.#logger);
        this.breaker.succeeded();
        return value;
      } catch (error) {
        if (started !== undefined) this.#judge(judge(error, scope, performance.now() - started));
        throw error;
      }
    });
  }

  async #run(work: GuestWork, scope: RequestScope, onStart: (at: number) => void): Promise<GuestOutcome> {
    const queued = performance.now();
    const { function: name, args, sound, transfer = [], onProgress } = work;
    const call = { program: this.program.key, function: name, args, sound, deadline: scope.deadline };
    try {
      const outcome = await this.#guests.call(call, {
        signal: scope.signal,
        transfer,
        onProgress,
        onStart: () => {
          const now = performance.now();
          scope.note('queue', now - queued);
          onStart(now);
        },
      });
      scope.assertInTime();
      if (outcome.kind === 'trap') this.#observer.trapped(this.name);
      if (outcome.kind === 'value') {
        scope.note('compute', outcome.computeMs);
        scope.note('instantiate', outcome.instantiateMs);
      }
      return outcome;
    } catch (error) {
      // Its thread ended under it, which no instance survives.
      if (toPlainError(error).code === 'component-failed') this.#observer.trapped(this.name);
      throw error;
    }
  }

  #judge(verdict: Verdict): void {
    if (verdict === 'failed') this.breaker.failed();
    if (verdict === 'answered') this.breaker.succeeded();
  }
}
