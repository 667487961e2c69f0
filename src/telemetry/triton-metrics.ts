/**
 * The names under which Triton Inference Server tells the same numbers, with its labels and units, so that dashboards
 * and alerts made for Triton read this service as well (docs/metrics.md says where the two differ).
 *
 * All of it is looked up when somebody asks: the counts themselves are those of the model's statistics.
 */
import { freemem, totalmem, cpus } from 'node:os';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Snapshot, VersionSnapshot } from './observer.ts';

const LABELS = ['model', 'version'] as const;
type Label = (typeof LABELS)[number];

/** A series for each version: its name, its help, and where its number is. */
type Series = readonly [name: string, help: string, read: (version: VersionSnapshot) => number];

const COUNTERS: readonly Series[] = [
  ['nv_inference_request_success', 'Inference requests that were answered.', (v) => v.success.count],
  ['nv_inference_count', 'Inferences; a batch of n counts n times.', (v) => v.inferenceCount],
  ['nv_inference_exec_count', 'Executions; a batch counts once.', (v) => v.executionCount],
  micros('request', 'all of it', (v) => v.success.ns),
  micros('queue', 'waiting for a slot', (v) => v.queue.ns),
  micros('compute_input', 'making the input ready', (v) => v.computeInput.ns),
  micros('compute_infer', 'the component with its graphs, or the bare graph', (v) => v.computeInfer.ns),
  micros('compute_output', 'making the answer ready', (v) => v.computeOutput.ns),
];

const GAUGES: readonly Series[] = [
  ['nv_inference_pending_request_count', 'Requests that wait for a slot.', (v) => v.pending],
  ['nv_model_load_duration_secs', 'Time that loading the model took.', (v) => v.loadSeconds],
];

function micros(stage: string, of: string, ns: Series[2]): Series {
  const help = `Microseconds of answered requests, added up: ${of}.`;
  return [`nv_inference_${stage}_duration_us`, help, (version) => Math.round(ns(version) / 1_000)];
}

export class TritonMetrics {
  readonly #failures: Counter<Label | 'reason'>;
  readonly #counters: readonly { counter: Counter<Label>; read: Series[2] }[];
  readonly #gauges: readonly { gauge: Gauge<Label>; read: Series[2] }[];
  readonly #machine: { utilization: Gauge; total: Gauge; used: Gauge };
  #lastTimes = processorTimes();

  constructor(registry: Registry) {
    const registers = [registry];
    this.#failures = new Counter({
      name: 'nv_inference_request_failure',
      help: 'Inference requests that failed, by reason.',
      labelNames: [...LABELS, 'reason'],
      registers,
    });
    this.#counters = COUNTERS.map(([name, help, read]) => ({
      counter: new Counter({ name, help, labelNames: LABELS, registers }),
      read,
    }));
    this.#gauges = GAUGES.map(([name, help, read]) => ({
      gauge: new Gauge({ name, help, labelNames: LABELS, registers }),
      read,
    }));
    const machine = (name: string, help: string) => new Gauge({ name: `nv_cpu_${name}`, help, registers });
    this.#machine = {
      utilization: machine(
        'utilization',
        'Part of all processors that was busy since the last look, 0 to 1.',
      ),
      total: machine('memory_total_bytes', 'Memory of the machine.'),
      used: machine('memory_used_bytes', 'Memory of the machine that is taken.'),
    };
  }

  /** Brings every series to this moment; those of versions that are out of service go. */
  look({ versions }: Pick<Snapshot, 'versions'>): void {
    this.#failures.reset();
    for (const { counter } of this.#counters) counter.reset();
    for (const { gauge } of this.#gauges) gauge.reset();
    for (const version of versions) {
      const labels = { model: version.name, version: String(version.version) };
      for (const { counter, read } of this.#counters) counter.inc(labels, read(version));
      for (const { gauge, read } of this.#gauges) gauge.set(labels, read(version));
      for (const [reason, count] of Object.entries(version.failures))
        this.#failures.inc({ ...labels, reason }, count);
    }
    const times = processorTimes();
    const all = times.all - this.#lastTimes.all;
    if (all > 0) this.#machine.utilization.set(1 - (times.idle - this.#lastTimes.idle) / all);
    this.#lastTimes = times;
    this.#machine.total.set(totalmem());
    this.#machine.used.set(totalmem() - freemem());
  }
}

/** Milliseconds that all processors have spent since the machine started. */
function processorTimes(): { all: number; idle: number } {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  return { all: sum(times.flatMap((one) => Object.values(one))), idle: sum(times.map(({ idle }) => idle)) };
}
