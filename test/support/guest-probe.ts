import { isDeepStrictEqual } from 'node:util';
import { monotonicMs } from '../../src/async/clock.ts';
import { SERVICE_LIMITS, MODEL_LIMITS, type ModelLimits } from '../../src/config/limits.ts';
import { Engine } from '../../src/engine/engine.ts';
import { GuestPool } from '../../src/sandbox/guest/guest-pool.ts';
import { guestSlots } from '../../src/sandbox/guest/guest-threads.ts';
import type { NnVersion } from '../../src/nn/wit-versions.ts';
import { buildGuest } from './guest-build.ts';
import {
  compute,
  flatten,
  open,
  read,
  tensor,
  valueOf,
  type Failed,
  type Outcome,
  type Script,
  type Value,
} from './guest-script.ts';

/** Runs scripts in the probe guest, through the product's own engine and guest threads. */

export interface ProbeOptions {
  /** Models by the names under which the guest may load them. */
  graphs?: Readonly<Record<string, Uint8Array>>;
  graphLoad?: boolean;
  /** The release of wasi:nn that the guest speaks; by default the newest. */
  version?: NnVersion;
  limits?: Partial<ModelLimits>;
}

export interface RunOptions {
  deadlineMs?: number;
  signal?: AbortSignal;
}

/** The error that ended the guest. */
export class ProbeTrap extends Error {}

/** The probe with its graphs loaded, ready for any number of requests. */
export interface InstalledProbe {
  run(script: Script, options?: RunOptions): Promise<Outcome[]>;
  /** The engine's name for one of its graphs. */
  graphKey(name: string): string;
  remove(): void;
}

const NO_GRANTS = {
  logging: false,
  graphLoad: false,
  clocks: false,
  random: false,
  stdio: false,
  exit: false,
};

let lastProgram = 0;

export class ProbeBench implements AsyncDisposable {
  readonly engine: Engine;
  readonly #guests: GuestPool;

  constructor({ runs, guests }: { runs: number; guests: number }) {
    this.engine = new Engine({
      runs,
      guestSlots: guestSlots({ threads: guests }),
      memoryBytes: SERVICE_LIMITS.runMemoryBytes,
    });
    this.#guests = new GuestPool({
      limits: SERVICE_LIMITS,
      threads: guests,
      engine: this.engine,
      onLog: () => undefined,
    });
  }

  async install({
    graphs = {},
    graphLoad = false,
    limits = {},
    version,
  }: ProbeOptions): Promise<InstalledProbe> {
    const key = `probe@${++lastProgram}`;
    const component = await buildGuest('nn-probe', version);
    const loads = Object.entries(graphs).map(async ([name, model]) => {
      return [
        name,
        await this.engine.load(`${key}/${name}`, model, { threads: 'one', bare: false }),
      ] as const;
    });
    const loaded = new Map(await Promise.all(loads));
    this.#guests.install({
      key,
      component,
      target: 'sandpiper:test/probe',
      graphs: loaded,
      config: new Map(),
      assets: new Map(),
      folders: new Map(),
      limits: { ...MODEL_LIMITS, startMs: 5_000, ...limits },
      grants: { ...NO_GRANTS, logging: true, graphLoad },
    });
    return {
      run: (steps, options) => this.#run(key, steps, options),
      graphKey: (name) => `${key}/${name}`,
      remove: () => {
        this.#guests.uninstall(key);
        for (const name of Object.keys(graphs)) this.engine.unload(`${key}/${name}`);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#guests.close();
    this.engine.close();
  }

  async #run(program: string, script: Script, options: RunOptions = {}): Promise<Outcome[]> {
    const { deadlineMs = 30_000, signal = new AbortController().signal } = options;
    const deadline = monotonicMs() + deadlineMs;
    const call = { program, function: 'run', args: [flatten(script)], media: undefined, deadline };
    const outcome = await this.#guests.call(call, { signal });
    if (outcome.kind === 'value') return outcome.value as Outcome[];
    throw new ProbeTrap('message' in outcome ? outcome.message : JSON.stringify(outcome.failure));
  }
}

/** For all test files of the process, to its end. */
let shared: ProbeBench | undefined;

interface SharedProbe {
  readonly options: ProbeOptions;
  readonly installed: Promise<InstalledProbe>;
  runs: number;
}

/** The probe that {@link runProbe} installed last: each run has a fresh instance of it. */
let last: SharedProbe | undefined;

/** Runs one script in the probe, which is installed once for all runs in a row that have the same options. */
export async function runProbe(
  script: Script,
  { deadlineMs, signal, ...options }: ProbeOptions & RunOptions = {},
): Promise<Outcome[]> {
  shared ??= new ProbeBench({ runs: 2, guests: 2 });
  const before = last;
  const probe =
    before !== undefined && isDeepStrictEqual(before.options, options)
      ? before
      : { options, installed: shared.install(options), runs: 0 };
  last = probe;
  probe.runs++;
  if (before !== probe && before?.runs === 0) await remove(before);
  try {
    const limits = { ...(deadlineMs && { deadlineMs }), ...(signal && { signal }) };
    return await (await probe.installed).run(script, limits);
  } finally {
    probe.runs--;
    if (probe.runs === 0 && probe !== last) await remove(probe);
  }
}

/** One that could not be installed has failed its own run already. */
async function remove({ installed }: SharedProbe): Promise<void> {
  await installed.then(
    (probe) => probe.remove(),
    () => undefined,
  );
}

/** One compute of one model: its outputs by name, in the order in which they came, or its failure. */
export async function computeOnce(
  model: Uint8Array,
  inputs: Readonly<Record<string, Value>>,
  outputs: readonly string[] = ['y'],
  limits: Partial<ModelLimits> = {},
): Promise<{ names: string[]; values: Record<string, Value> } | Failed> {
  const names = Object.keys(inputs);
  const steps = [
    ...open('model'),
    ...names.map((name) => tensor(name, inputs[name] as Value)),
    compute(
      '',
      'model',
      names.map((name) => [name, name]),
    ),
  ];
  const probe = await (shared ??= new ProbeBench({ runs: 2, guests: 2 })).install({
    graphs: { model },
    limits,
  });
  try {
    // Reading an output that a failed compute did not make would be a trap.
    const tried = (await probe.run(steps)).at(-1);
    if (tried?.tag === 'failed') return tried.val;
    if (tried?.tag !== 'outputs') throw new Error(`expected outputs, got ${JSON.stringify(tried)}`);
    const all = await probe.run([...steps, ...outputs.flatMap(read)]);
    const values = outputs.map((name, i) => {
      const start = steps.length + 3 * i;
      return [name, valueOf(all.slice(start, start + 3))] as const;
    });
    return { names: tried.val, values: Object.fromEntries(values) };
  } finally {
    probe.remove();
  }
}
