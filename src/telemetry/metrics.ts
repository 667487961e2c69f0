/**
 * The service's numbers in the text format of Prometheus. Each service has a registry of its own, so that two in
 * one process do not mix theirs.
 *
 * Labels hold names of loaded models, stages and outcomes: a client cannot make a series. Times are seconds.
 * Counts are made as things happen; what can be looked up is looked up when somebody asks.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Incident, Observer, Outcome, Snapshot, Stage } from './observer.ts';
import type { MetricSource } from './telemetry.ts';
import { TritonMetrics } from './triton-metrics.ts';

const STAGES = ['queue', 'media', 'guest', 'compute', 'total'] as const satisfies Stage[];
/** From a hand-over between threads to minutes of speech. */
const SECONDS = [0.000_1, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** By the percentile that each is. */
const DELAYS = { median: 50, p99: 99, longest: 100 };

/** Facts that do not change while the service runs. */
export interface BuildFacts {
  sandpiper: string;
  node: string;
  /** Versions of the native libraries that run graphs, by name. */
  libraries: Readonly<Record<string, string>>;
  /** Memory limit of all runs of graphs together. */
  runMemoryBytes: number;
}

export class Metrics implements Observer, Disposable {
  readonly #registry = new Registry();
  readonly #loop = monitorEventLoopDelay({ samplePerIteration: true });
  readonly #requests = this.#counter('requests_total', 'Requests that ended.', ['model', 'outcome']);
  readonly #incidents: Readonly<Record<Incident, Counter<'model'>>> = {
    trap: this.#counter('component_traps_total', 'Component instances that died.', ['model']),
    refusal: this.#counter(
      'component_refusals_total',
      'Requests that a component refused in its own words.',
      ['model'],
    ),
    'missed-deadline': this.#counter(
      'component_deadlines_total',
      'Calls of a component that were still at work at the deadline.',
      ['model'],
    ),
    'set-aside': this.#counter('model_set_aside_total', 'Times that a model was set aside.', ['model']),
  };
  readonly #stages = new Histogram({
    name: 'sandpiper_request_stage_seconds',
    help: 'Time that each stage of an answered request took; compute is part of guest, total is all.',
    labelNames: ['model', 'stage'],
    buckets: SECONDS,
    registers: [this.#registry],
  });
  readonly #gauges = {
    ready: this.#gauge('model_ready', 'Whether a model serves: 0 while it is set aside.', ['model']),
    present: this.#gauge('requests_present', 'Requests that wait or run.', ['model']),
    waiting: this.#gauge('requests_waiting', 'Requests that wait for a slot.', ['class']),
    running: this.#gauge('requests_running', 'Requests that have a slot.', ['class']),
    guests: this.#gauge('guest_threads', 'Guest threads by what they do.', ['state']),
    runs: this.#gauge('graph_runs', 'Graphs that run now, wanted or not.'),
    live: this.#gauge('live_sounds', 'Live sounds that are open.'),
    liveLimit: this.#gauge('live_sounds_limit', 'Live sounds that may be open at one time.'),
    engineMemory: this.#gauge('engine_memory_bytes', 'What runs of graphs have taken.', ['kind']),
    delay: this.#gauge('event_loop_delay_seconds', 'Turns of the event loop since the last look.', [
      'statistic',
    ]),
  };
  readonly #replaced = this.#counter('guest_threads_replaced_total', 'Guest threads that were replaced.');
  readonly #triton = new TritonMetrics(this.#registry);

  constructor({ runMemoryBytes, sandpiper, node, libraries }: BuildFacts) {
    const versions = { version: sandpiper, node, ...libraries };
    const build = this.#gauge('build_info', 'Versions of what runs here; always 1.', Object.keys(versions));
    build.set(versions, 1);
    const most = this.#gauge('engine_memory_limit_bytes', 'What all runs of graphs may take together.');
    most.set(runMemoryBytes);
    this.#loop.enable();
  }

  /** Its series begin at 0, so that the first failure is a change; a model that is loaded again goes on counting. */
  loaded(model: string): void {
    this.#requests.inc({ model, outcome: 'ok' }, 0);
    for (const counter of Object.values(this.#incidents)) counter.inc({ model }, 0);
  }

  ended(model: string, outcome: Outcome, timing?: Readonly<Record<Stage, number>>): void {
    this.#requests.inc({ model, outcome });
    if (timing === undefined) return;
    for (const stage of STAGES) this.#stages.observe({ model, stage }, timing[stage] / 1_000);
  }

  noted(model: string, incident: Incident): void {
    this.#incidents[incident].inc({ model });
  }

  /** All of it as text, in version 0.0.4 of the format. */
  async text(snapshot: Snapshot): Promise<string> {
    this.#look(snapshot);
    return this.#registry.metrics();
  }

  /** The same as values. */
  async values(snapshot: Snapshot): ReturnType<MetricSource> {
    this.#look(snapshot);
    return this.#registry.getMetricsAsJSON();
  }

  #look({ models, versions, waiting, running, guestThreads, live, runs, engineMemory }: Snapshot): void {
    const gauges = this.#gauges;
    // A model that was unloaded has no state any more.
    gauges.ready.reset();
    gauges.present.reset();
    for (const model of models) {
      gauges.ready.set({ model: model.name }, model.ready ? 1 : 0);
      gauges.present.set({ model: model.name }, model.present);
    }
    for (const [name, count] of Object.entries(waiting)) gauges.waiting.set({ class: name }, count);
    for (const [name, count] of Object.entries(running)) gauges.running.set({ class: name }, count);
    const { replaced, ...states } = guestThreads;
    for (const [state, count] of Object.entries(states)) gauges.guests.set({ state }, count);
    this.#replaced.reset();
    this.#replaced.inc(replaced);
    gauges.live.set(live.open);
    gauges.liveLimit.set(live.most);
    gauges.runs.set(runs);
    for (const [kind, bytes] of Object.entries(engineMemory ?? {})) gauges.engineMemory.set({ kind }, bytes);
    for (const [statistic, percentile] of Object.entries(DELAYS)) {
      const ns = this.#loop.count === 0 ? 0 : this.#loop.percentile(percentile);
      gauges.delay.set({ statistic }, ns / 1e9);
    }
    this.#loop.reset();
    this.#triton.look({ versions });
  }

  [Symbol.dispose](): void {
    this.#loop.disable();
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[] = []): Counter<Label> {
    return new Counter({ name: `sandpiper_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: Label[] = []): Gauge<Label> {
    return new Gauge({ name: `sandpiper_${name}`, help, labelNames, registers: [this.#registry] });
  }
}
