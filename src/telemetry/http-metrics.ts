/**
 * Outcomes of HTTP requests, and the resources of the process. Requests that never reached a model are
 * counted here and nowhere else.
 */
import { Counter, Gauge, Registry, type Metric } from 'prom-client';
import type { MetricSource } from './telemetry.ts';

/** A client chooses its method: what is not served shares one series. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);

/** The process's own, under the names of Prometheus' libraries. */
function processMetrics(): Metric[] {
  const cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time of the process, all threads.',
    registers: [],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  const memory = new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of the process that is in RAM.',
    registers: [],
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  const start = new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process started, in seconds since 1970.',
    registers: [],
  });
  start.set(performance.timeOrigin / 1_000);
  return [cpu, memory, start];
}

export class HttpMetrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'sandpiper_http_requests_total',
    help: 'HTTP requests by the status that they got; 499 where the client hung up before.',
    labelNames: ['method', 'status'],
    registers: [this.#registry],
  });

  constructor() {
    for (const metric of processMetrics()) this.#registry.registerMetric(metric);
  }

  /** @param method as the request says; undefined where it could not be read */
  ended(method: string | undefined, status: number): void {
    const known = method !== undefined && METHODS.has(method);
    this.#requests.inc({ method: known ? method : 'other', status });
  }

  /** In version 0.0.4 of the text format. */
  async text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** The same as values. */
  async values(): ReturnType<MetricSource> {
    return this.#registry.getMetricsAsJSON();
  }
}
