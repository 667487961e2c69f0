/** A model behind a component: its program in the guest threads, and calls to it. */
import type { ComponentFolder } from '../../repository/component-folder.ts';
import { isManifestFile, isSoleFile } from '../../repository/manifest.ts';
import type { CallOutcome, Failure, GuestProgram } from '../../sandbox/guest-protocol.ts';
import type { PredictionTerms } from '../../sandbox/prediction/prediction-terms.ts';
import type { Span } from '../../telemetry/span.ts';
import { valueOf } from './guest-answer.ts';
import type { GuestWork } from './guest-work.ts';
import type { RequestScope } from '../queue/request-scope.ts';
import { ServedModel, type ServedFolder, type ServedModelContext } from './served-model.ts';
import { asModelFault, toPlainError } from '../../errors.ts';
import { signatureOf, type GraphSignature } from '../api/graph-signature.ts';
import { sampleInput, takesFile } from '../api/bare-input.ts';
import type { ModelSample, SampleFile } from '../api/insight.ts';
import type { ModelSummary } from '../api/tasks.ts';
import type { ClientTensor, InferAnswer, InferOptions } from '../api/tensor-inference.ts';
import type { Abilities, ComponentTask, ModelPorts, SampleAnswer } from './component-task.ts';

const LIVE_SOUND = 'sandpiper:inference/live-sound@0.1.0';

export class ServedComponent extends ServedModel<ServedFolder<ComponentFolder>> {
  readonly program: GuestProgram;
  readonly platform = 'sandpiper_component';
  readonly triton = { platform: this.platform, backend: 'sandpiper' };
  #task: ComponentTask | undefined;

  constructor(folder: ServedFolder<ComponentFolder>, program: GuestProgram, context: ServedModelContext) {
    super(folder, context);
    this.program = program;
  }

  override summary(): ModelSummary {
    return { ...super.summary(), ...this.#bound.facts };
  }

  /** Whether its component takes sounds that are still coming. */
  get hearsLive(): boolean {
    const { component } = this.program;
    return component.kind === 'component' && component.imports.includes(LIVE_SOUND);
  }

  /** With what its sample gives each input. */
  override sample(): ModelSample {
    const told = super.sample();
    const { sample } = this.folder.manifest;
    const files = new Map(this.#sampleFiles());
    const [[first] = []] = files.values();
    return {
      ...told,
      ...(first && { file: first.file }),
      files,
      ...(!isSoleFile(sample) && { values: plainValues(sample.inputs) }),
    };
  }

  /** By the inputs that take files. */
  #sampleFiles(): [input: string, files: SampleFile[]][] {
    const { manifest, sampleFiles } = this.folder;
    const { sample } = manifest;
    const { prediction } = this.#bound.facts;
    if (isSoleFile(sample)) {
      const [bytes] = sampleFiles.get('') ?? [];
      const input = prediction && sampleInput(prediction.inputs);
      if (bytes === undefined || (input !== undefined && !takesFile(input))) return [];
      const { name = '' } = input ?? this.ports.inputs[0] ?? {};
      return [[name, [{ file: sample.file, bytes }]]];
    }
    return (prediction?.inputs ?? []).filter(takesFile).flatMap(({ name }): [string, SampleFile[]][] => {
      const given = [sample.inputs[name]].flat().filter(isManifestFile);
      const files = (sampleFiles.get(name) ?? []).map((bytes, at) => ({
        file: given[at]?.file ?? '',
        bytes,
      }));
      return files.length > 0 ? [[name, files]] : [];
    });
  }

  protected override get isSlow(): boolean {
    return this.context.guests.isSlow(this.program.key);
  }

  override get ports(): ModelPorts {
    return this.#bound.ports;
  }

  override get abilities(): Abilities {
    return this.#bound.abilities;
  }

  override get graphSignatures(): readonly GraphSignature[] {
    return [...this.program.graphs].map(([name, { facts }]) => signatureOf(name, facts));
  }

  /** Its calls from here on are held to this. */
  holdTo(terms: PredictionTerms): void {
    this.context.guests.installTerms(this.program.key, terms);
  }

  /**
   * Asks the component what it wants, once and before anything else.
   *
   * @param bind makes what it does of the answer. @throws BadAnswer, SandpiperError
   */
  async describe(bind: (described: unknown) => ComponentTask): Promise<void> {
    using scope = this.scope({});
    const described = this.call({ function: 'describe', args: [], check: bind }, scope);
    this.#task = await described.catch((error: unknown) => {
      throw asModelFault(error, `Cannot serve model ${this.name}: its component does not describe itself`);
    });
  }

  /** @throws SandpiperError `invalid-request` for an output that it does not have, and what its task throws */
  override async infer(
    inputs: readonly ClientTensor[],
    options: InferOptions,
    scope: RequestScope,
  ): Promise<InferAnswer> {
    const names = this.ports.outputs.map(({ name }) => name);
    const wanted = options.outputs ?? names;
    this.assertOutputs(wanted, names);
    const { outputs, batchSize } = await this.#bound.infer(inputs, { ...options, outputs: wanted }, scope);
    return {
      model: this.name,
      version: this.version,
      outputs: wanted.flatMap((name) => outputs.filter((output) => output.name === name)),
      batchSize,
      timing: scope.timing(),
    };
  }

  protected override async answerSample(scope: RequestScope): Promise<SampleAnswer> {
    return this.#bound.runSample(scope);
  }

  get #bound(): ComponentTask {
    if (this.#task === undefined) throw new TypeError(`Model ${this.name} has not described itself.`);
    return this.#task;
  }

  override release(): void {
    this.breaker[Symbol.dispose]();
    this.context.guests.uninstall(this.program.key);
    for (const { key } of this.program.graphs.values()) this.context.engine.unload(key);
  }

  /** Calls the component in a fresh instance. @throws SandpiperError */
  async call<Answer>(work: GuestWork<Answer>, scope: RequestScope): Promise<Answer> {
    const run: GuestRun = { guest: undefined, blockedMs: 0 };
    try {
      const value = valueOf(await this.#run(work, scope, run), {
        model: this.name,
        fields: scope.fields,
        logger: this.context.logger,
        check: work.check,
      });
      this.breaker.succeeded();
      return value;
    } catch (error) {
      if (run.guest !== undefined) this.recordFailure(error, scope, run.guest.ms - run.blockedMs);
      throw error;
    }
  }

  async #run(work: GuestWork<unknown>, scope: RequestScope, run: GuestRun): Promise<CallOutcome> {
    const { function: name, args, media, live, slot, transfer = [], onProgress, onPartial } = work;
    const call = {
      program: this.program.key,
      function: name,
      args,
      media,
      live: live?.ring,
      deadline: scope.deadline,
      trace: scope.parent,
    };
    using waiting = scope.span.open('queue');
    try {
      const told = Promise.withResolvers<void>();
      const outcome = await this.context.guests.call(call, {
        signal: scope.signal,
        transfer,
        onProgress,
        onLive: live?.onReport,
        onPartial,
        client: scope.client,
        fields: scope.fields,
        // It has no slot to give up: it sleeps whenever it has heard all that there is.
        ...(live && { onPause: async () => undefined }),
        ...(slot && { onPause: async () => run.guest?.during('queue', async () => slot.giveWay()) }),
        order: scope.order,
        onEnd: (blockedMs) => {
          run.blockedMs = blockedMs;
          scope.workedMs += (run.guest?.ms ?? 0) - blockedMs;
        },
        onStart: (wake) => {
          live?.onStart(wake);
          waiting.close();
          run.guest = scope.span.open('guest');
          scope.traceEndsAfter(told.promise);
        },
        onSpans: (spans) => {
          run.guest?.adopt(spans);
          told.resolve();
        },
      });
      scope.assertInTime();
      if (outcome.kind !== 'value' && run.guest !== undefined) run.guest.error = outcome.kind;
      if (outcome.kind === 'trap') this.context.observer.noted(this.name, 'trap');
      if (outcome.kind === 'failure' && isRefusal(outcome.failure))
        this.context.observer.noted(this.name, 'refusal');
      return outcome;
    } catch (error) {
      const { code } = toPlainError(error);
      if (run.guest !== undefined) run.guest.error = code;
      if (code === 'component-failed') {
        // A trap or the end of its thread.
        this.context.observer.noted(this.name, 'trap');
        this.context.logger.error({ ...scope.fields, model: this.name, err: error }, 'component died');
      }
      if (code === 'deadline-exceeded' && run.guest !== undefined)
        this.context.observer.noted(this.name, 'missed-deadline');
      throw error;
    } finally {
      run.guest?.close();
    }
  }
}

/** Those of a sample's inputs that are no files. */
function plainValues(inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs).filter(([, value]) => ![value].flat().some(isManifestFile)),
  );
}

/** State of a call on the main thread. */
interface GuestRun {
  /** Span from when the call got a guest thread. */
  guest: Span | undefined;
  /** Milliseconds that the call was blocked by others. */
  blockedMs: number;
}

/** Whether the component refused the request, as opposed to having failed itself. */
function isRefusal({ tag }: Failure): boolean {
  return tag === 'invalid-input' || tag === 'unsupported';
}
