/** One model version in service: its program in the guest threads, and calls to it. */
import { ERRORS, SandpiperError } from '../errors.ts';
import type { GuestPool } from '../sandbox/guest-pool.ts';
import type { GuestProgram } from '../sandbox/guest-protocol.ts';
import type { ModelFolder } from '../repository/model-folder.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Admission } from './admission.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { valueOf } from './guest-answer.ts';
import { RequestScope } from './request-scope.ts';
import type { ModelSummary, RequestOptions } from './tasks.ts';

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

  /** @param probe runs the model's sample, to find out whether a model that was set aside works again */
  constructor(
    folder: ModelFolder,
    program: GuestProgram,
    { guests, places, logger, probe }: ServedModelContext,
  ) {
    this.folder = folder;
    this.program = program;
    this.#guests = guests;
    this.#logger = logger;
    this.admission = new Admission(folder.name, places + folder.limits.queueLength);
    this.breaker = new CircuitBreaker({
      model: folder.name,
      probe: () => probe(this),
      onChange: (open) =>
        logger.warn({ model: folder.name }, open ? 'model set aside' : 'model back in service'),
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

  /** A request's scope, its deadline the shorter of the model's and the client's. */
  scope({ deadlineMs, signal }: RequestOptions): RequestScope {
    return new RequestScope(this.folder.limits.deadlineMs, deadlineMs, signal);
  }

  /** Calls the component in a fresh instance. @throws SandpiperError */
  async call(work: GuestWork, scope: RequestScope): Promise<unknown> {
    const queued = performance.now();
    let started = false;
    return scope.stage('guest', async () => {
      try {
        const outcome = await this.#guests.call(
          {
            program: this.program.key,
            function: work.function,
            args: work.args,
            sound: work.sound,
            deadline: scope.deadline,
          },
          {
            signal: scope.signal,
            transfer: work.transfer ?? [],
            onProgress: work.onProgress,
            onStart: () => {
              started = true;
              scope.note('queue', performance.now() - queued);
            },
          },
        );
        if (outcome.kind === 'value') {
          scope.note('compute', outcome.computeMs);
          scope.note('instantiate', outcome.instantiateMs);
        }
        const value = valueOf(outcome, this.name, this.#logger);
        this.breaker.succeeded();
        return value;
      } catch (error) {
        if (started) this.#judge(error, scope);
        throw error;
      }
    });
  }

  /** Whose fault it was. A client in a hurry cannot set a model aside for the others. */
  #judge(error: unknown, scope: RequestScope): void {
    const code = error instanceof SandpiperError ? error.code : 'internal';
    if (code === 'client-gone' || code === 'not-ready') return;
    if (code === 'deadline-exceeded' ? scope.hurried : ERRORS[code].actor === 'client') return;
    this.breaker.failed();
  }
}
