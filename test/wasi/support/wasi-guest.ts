import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monotonicMs } from '../../../src/async/clock.ts';
import { SERVICE_LIMITS, MODEL_LIMITS, type ModelLimits } from '../../../src/config/limits.ts';
import { Engine } from '../../../src/engine/engine.ts';
import type { FolderImage } from '../../../src/capabilities/filesystem/folder-image.ts';
import { compileComponent } from '../../../src/sandbox/component/compile-component.ts';
import { ComponentCache } from '../../../src/sandbox/component/component-cache.ts';
import type { Grants } from '../../../src/capabilities/capabilities.ts';
import { assertGranted } from '../../../src/sandbox/assert-granted.ts';
import { GuestPool } from '../../../src/sandbox/guest/guest-pool.ts';
import { guestSlots } from '../../../src/sandbox/guest/guest-threads.ts';
import type { CallOutcome, CompiledComponent } from '../../../src/sandbox/guest-protocol.ts';
import type { SpanRecord } from '../../../src/telemetry/span.ts';
import type { TraceParent } from '../../../src/telemetry/tracing.ts';
import { guestCache } from '../../support/guest-cache.ts';

/** Runs commands in a guest of the WASI tests, on a guest thread as the service has it. */

const repository = join(import.meta.dirname, '..', '..', '..');
const cache = new ComponentCache(guestCache);

export const NO_GRANTS: Grants = { logging: false, graphLoad: false };

/** Imports of the guest in C in any case, since its library has them. */
export const LIBC_GRANTS: Grants = {
  ...NO_GRANTS,
  clocks: true,
  random: true,
  stdio: true,
  exit: true,
  env: {},
  folders: {},
};

export interface WasiGuestOptions {
  grants?: Grants;
  limits?: Partial<ModelLimits>;
  folders?: ReadonlyMap<string, FolderImage>;
}

export interface LogLine {
  level: string;
  context: string;
  message: string;
  program: string;
}

/** A component of test/guests, as it was built from the source beside it. */
export async function loadGuest(name: string): Promise<CompiledComponent> {
  return compile(await readFile(join(repository, 'test', 'guests', name, 'guest.wasm')), name);
}

export async function compile(component: Uint8Array, name: string): Promise<CompiledComponent> {
  return compileComponent(component, {
    name,
    cache,
    limits: { componentBytes: 2 ** 25, compileMs: 60_000, compiledBytes: 2 ** 28 },
    caps: MODEL_LIMITS,
  });
}

export class WasiGuest implements AsyncDisposable {
  readonly log: LogLine[] = [];
  readonly #engine: Engine;
  readonly #guests: GuestPool;

  constructor(
    component: CompiledComponent,
    { grants = LIBC_GRANTS, limits = {}, folders = new Map() }: WasiGuestOptions = {},
  ) {
    assertGranted('guest', component.imports, grants);
    this.#engine = new Engine({
      runs: 1,
      guestSlots: guestSlots({ threads: 1 }),
      memoryBytes: SERVICE_LIMITS.runMemoryBytes,
    });
    this.#guests = new GuestPool({
      limits: SERVICE_LIMITS,
      threads: 1,
      engine: this.#engine,
      onLog: (line) => this.log.push(line),
    });
    this.#guests.install({
      key: 'guest@1',
      component,
      target: component.exports.find((name) => name.startsWith('sandpiper:probe/')) ?? '',
      graphs: new Map(),
      config: new Map(),
      assets: new Map(),
      folders,
      limits: { ...MODEL_LIMITS, startMs: 10_000, ...limits },
      grants,
    });
  }

  /** How the call ended. At its deadline it is stopped, as the service does it. */
  async call(
    command: string,
    deadlineMs = 20_000,
    trace?: TraceParent,
  ): Promise<CallOutcome & { spans: readonly SpanRecord[] }> {
    let spans: readonly SpanRecord[] = [];
    const outcome = await this.#guests.call(
      {
        program: 'guest@1',
        function: 'run',
        args: [command],
        media: undefined,
        deadline: monotonicMs() + deadlineMs,
        trace,
      },
      { signal: AbortSignal.timeout(deadlineMs), onSpans: (told) => (spans = told) },
    );
    return { ...outcome, spans };
  }

  /** The guest's answer. @throws Error with the message of its trap */
  async run(command: string): Promise<string> {
    const outcome = await this.call(command);
    if (outcome.kind === 'value') return String(outcome.value);
    throw new Error('message' in outcome ? outcome.message : JSON.stringify(outcome.failure));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#guests.close();
    this.#engine.close();
  }
}
