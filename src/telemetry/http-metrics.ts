/**
 * Outcomes of HTTP requests, and the resources of the process. Requests that never reached a model are
 * counted here and nowhere else.
 */
import { Counter, Registry } from 'prom-client';
import { registerProcessMetrics } from './process-metrics.ts';
import type { MetricSource } from './telemetry.ts';

/** A client chooses its method: what is not served shares one series. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);

export class HttpMetrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'sandpiper_http_requests_total',
    help: 'HTTP requests by the status that they got; 499 where the client hung up before.',
    labelNames: ['method', 'status'],
    registers: [this.#registry],
  });

  constructor() {
    registerProcessMetrics(this.#registry);
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
