/** One model version in service: its program in the guest threads, and calls to it. */
import type { GuestPool } from '../sandbox/guest-pool.ts';
import type { GuestProgram } from '../sandbox/guest-protocol.ts';
import type { ModelFolder } from '../repository/model-folder.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Admission } from './admission.ts';
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

export class ServedModel {
  readonly folder: ModelFolder;
  readonly program: GuestProgram;
  readonly admission: Admission;
  ready = false;
  /** What the component's `describe` answered: an image-input or an audio-input. */
  description: unknown;
  readonly #guests: GuestPool;
  readonly #logger: Logger;

  constructor(folder: ModelFolder, program: GuestProgram, guests: GuestPool, places: number, logger: Logger) {
    this.folder = folder;
    this.program = program;
    this.#guests = guests;
    this.#logger = logger;
    this.admission = new Admission(folder.name, places + folder.limits.queueLength);
  }

  get name(): string {
    return this.folder.name;
  }

  summary(): ModelSummary {
    const { name, version, created, manifest } = this.folder;
    return { name, version, task: manifest.task, ready: this.ready, created, licence: manifest.licence };
  }

  /** A request's scope, its deadline the shorter of the model's and the client's. */
  scope({ deadlineMs, signal }: RequestOptions): RequestScope {
    return new RequestScope(Math.min(deadlineMs ?? Infinity, this.folder.limits.deadlineMs), signal);
  }

  /** Calls the component in a fresh instance. @throws SandpiperError */
  async call(work: GuestWork, scope: RequestScope): Promise<unknown> {
    const queued = performance.now();
    return scope.stage('guest', async () => {
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
          onStart: () => scope.note('queue', performance.now() - queued),
        },
      );
      if (outcome.kind === 'value') scope.note('compute', outcome.computeMs);
      return valueOf(outcome, this.name, this.#logger);
    });
  }
}
