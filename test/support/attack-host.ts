/** The product's sandbox and engines as one service would run them, shared by all guests of a suite. */
import { pino } from 'pino';
import { monotonicMs } from '../../src/async/clock.ts';
import { MODEL_LIMITS, SERVICE_LIMITS } from '../../src/config/limits.ts';
import { Engine } from '../../src/engine/engine.ts';
import { messageOf, SandpiperError } from '../../src/errors.ts';
import { compileComponent } from '../../src/sandbox/component/compile-component.ts';
import { ComponentCache } from '../../src/sandbox/component/component-cache.ts';
import type { Grants } from '../../src/capabilities/capabilities.ts';
import { assertGranted } from '../../src/sandbox/assert-granted.ts';
import { GuestPool } from '../../src/sandbox/guest/guest-pool.ts';
import { guestSlots } from '../../src/sandbox/guest/guest-threads.ts';
import type { CallOutcome, FromGuest, GuestProgram } from '../../src/sandbox/guest-protocol.ts';
import { valueOf } from '../../src/service/models/guest-answer.ts';
import type { Expected } from './attack-guest.ts';
import { guestCache } from './guest-cache.ts';
import { allocatingModel, identityModel, spinningModel } from './onnx-models.ts';

export const TARGET = 'sandpiper:inference/image-classification@0.1.0';
const NO_GRANTS: Grants = { logging: false, graphLoad: false };
const silent = pino({ level: 'silent' });

type LogLine = Extract<FromGuest, { kind: 'log' }>;

export interface Result {
  outcome: Expected['outcome'];
  /** Code of the error that the caller of the service gets. */
  code?: string;
  message?: string;
  value?: unknown;
}

export interface CallOptions {
  function?: string;
  deadlineMs?: number;
  /** Classes that are asked for. */
  topK?: number;
  onStart?: () => void;
  signal?: AbortSignal;
}

export class AttackHost implements AsyncDisposable {
  readonly threads: number;
  readonly log: LogLine[] = [];
  readonly guests: GuestPool;
  readonly engine: Engine;
  readonly #graphs = new Map<
    string,
    GuestProgram['graphs'] extends ReadonlyMap<string, infer G> ? G : never
  >();

  constructor(threads = 2) {
    this.threads = threads;
    this.engine = new Engine({
      runs: 2,
      guestSlots: guestSlots({ threads }),
      memoryBytes: SERVICE_LIMITS.runMemoryBytes,
    });
    this.guests = new GuestPool({
      limits: SERVICE_LIMITS,
      threads,
      engine: this.engine,
      onLog: (line) => this.log.push(line),
    });
  }

  static async open(threads?: number): Promise<AttackHost> {
    const host = new AttackHost(threads);
    const models = { identity: identityModel('FLOAT'), spin: spinningModel(), alloc: allocatingModel() };
    for (const [name, bytes] of Object.entries(models)) {
      host.#graphs.set(name, await host.engine.load(`host/${name}`, bytes, { threads: 'one', bare: false }));
    }
    return host;
  }

  /** As the service loads a model's component. @throws SandpiperError */
  async install(
    key: string,
    bytes: Uint8Array,
    expected: Partial<Expected> & { asset?: Uint8Array } = {},
    cache = new ComponentCache(guestCache),
  ): Promise<GuestProgram> {
    const limits = { ...MODEL_LIMITS, startMs: 2_000, ...expected.limits };
    const grants = { ...NO_GRANTS, logging: true, ...expected.grants };
    const component = await compileComponent(bytes, {
      name: key,
      cache,
      limits: SERVICE_LIMITS,
      caps: limits,
    });
    assertGranted(key, component.imports, grants);
    if (!component.exports.includes(TARGET))
      throw new SandpiperError('invalid-component', `It does not export ${TARGET}.`);
    const { config = {}, asset } = expected;
    const program = this.program(key, component, { limits, grants, config, ...(asset && { asset }) });
    this.guests.install(program);
    return program;
  }

  program(
    key: string,
    component: GuestProgram['component'],
    part: {
      limits: GuestProgram['limits'];
      grants?: Grants;
      config?: Record<string, string>;
      /** Contents of "labels". */
      asset?: Uint8Array;
    },
  ): GuestProgram {
    const { limits, grants = { ...NO_GRANTS, logging: true }, config = {}, asset: held } = part;
    const asset = new SharedArrayBuffer(held?.byteLength ?? 4);
    if (held !== undefined) new Uint8Array(asset).set(held);
    return {
      key,
      component,
      target: TARGET,
      graphs: this.#graphs,
      config: new Map(Object.entries(config)),
      assets: new Map([['labels', asset]]),
      folders: new Map(),
      limits,
      grants,
    };
  }

  /** One request for a picture of 2 x 2 pixels, to its end, whatever that is. */
  async call(key: string, { deadlineMs = 5_000, ...options }: CallOptions = {}): Promise<Result> {
    const controller = new AbortController();
    const late = new SandpiperError('deadline-exceeded', 'The deadline of the request has passed.');
    const timer = setTimeout(() => controller.abort(late), deadlineMs);
    const signal = AbortSignal.any([controller.signal, ...(options.signal ? [options.signal] : [])]);
    const describing = options.function === 'describe';
    const picture = { width: 2, height: 2, format: 'rgb8', pixels: new Uint8Array(12) };
    let outcome: CallOutcome;
    try {
      outcome = await this.guests.call(
        {
          program: key,
          function: options.function ?? 'classify',
          args: describing ? [] : [picture, { ...(options.topK !== undefined && { topK: options.topK }) }],
          media: undefined,
          deadline: monotonicMs() + deadlineMs,
        },
        { signal, ...(options.onStart && { onStart: options.onStart }) },
      );
    } catch (error) {
      const code = error instanceof SandpiperError ? error.code : 'not-an-expected-error';
      return { outcome: code === 'deadline-exceeded' ? 'deadline' : 'trap', code, message: messageOf(error) };
    } finally {
      clearTimeout(timer);
    }
    return { ...shown(outcome), ...codeOf(outcome) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.guests.close();
    this.engine.close();
  }
}

function shown(outcome: CallOutcome): Result {
  switch (outcome.kind) {
    case 'value':
      return { outcome: 'value', value: outcome.value };
    case 'failure': {
      const { tag, val } = outcome.failure;
      return { outcome: 'failure', message: tag === 'inference' ? `${val.code}: ${val.message}` : val };
    }
    case 'refused-input':
    case 'wrong-answer':
    case 'trap':
      return { outcome: 'trap', message: outcome.message };
  }
}

function codeOf(outcome: CallOutcome): { code?: string } {
  try {
    valueOf(outcome, {
      model: 'attacked',
      fields: {},
      logger: silent,
      check: (value) => value,
    });
    return {};
  } catch (error) {
    return { code: error instanceof SandpiperError ? error.code : 'not-an-expected-error' };
  }
}
