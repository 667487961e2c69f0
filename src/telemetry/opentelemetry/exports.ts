/**
 * OpenTelemetry's SDK, assembled: one pipeline for spans, one for metrics. Nothing of it is global, so that an embedder
 * may have an SDK of its own beside it.
 *
 * Guarantees: what a request tells is a copy in memory and nothing else. A batch goes out later, on its own, and a
 * collector that is slow, away or wrong costs spans: over `OTEL_BSP_MAX_QUEUE_SIZE` new ones are dropped. That batches
 * cannot be sent is told in the log once, and once more when they can.
 */
import { hostname } from 'node:os';
import type { TracerProvider } from '@opentelemetry/sdk-trace';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import {
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
  type Resource,
} from '@opentelemetry/resources';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import packageJson from '../../../package.json' with { type: 'json' };
import type { Logger } from '../logger.ts';
import type { MetricSource, Telemetry } from '../telemetry.ts';
import type { Tracing } from '../tracing.ts';
import { numberOr } from './environment.ts';
import { RegistryProducer } from './registry-producer.ts';
import { reported } from './reported-export.ts';
import { openTracing } from './open-tracing.ts';

/** Time for the last batches to go out. */
const CLOSE_MS = 2_000;

export class Exports implements Telemetry {
  readonly tracing: Tracing | undefined;
  readonly #traces: TracerProvider | undefined;
  readonly #metrics: MeterProvider | undefined;
  readonly #producer: RegistryProducer;

  constructor(wanted: { traces: boolean; metrics: boolean }, logger: Logger) {
    const resource = describeService();
    this.#producer = new RegistryProducer(resource);
    if (wanted.traces) {
      const { provider, tracing } = openTracing(resource, logger);
      this.#traces = provider;
      this.tracing = tracing;
    }
    if (wanted.metrics) {
      const exporter = reported(new OTLPMetricExporter(), 'metrics', logger);
      const exportIntervalMillis = numberOr('OTEL_METRIC_EXPORT_INTERVAL', 60_000);
      const exportTimeoutMillis = Math.min(
        numberOr('OTEL_METRIC_EXPORT_TIMEOUT', 30_000),
        exportIntervalMillis,
      );
      const reader = new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis,
        exportTimeoutMillis,
        metricProducers: [this.#producer],
      });
      this.#metrics = new MeterProvider({ resource, readers: [reader] });
    }
  }

  addMetrics(source: MetricSource): void {
    this.#producer.add(source);
  }

  async close(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CLOSE_MS);
    // A batch that cannot be sent has been logged.
    const ended = Promise.allSettled([this.#traces?.shutdown(), this.#metrics?.shutdown()]);
    await Promise.race([ended, late]);
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Attributes of this process for the collector. `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` override them. */
function describeService(): Resource {
  return resourceFromAttributes({
    'service.name': 'sandpiper',
    'service.version': packageJson.version,
    'host.name': hostname(),
    'process.pid': process.pid,
  }).merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }));
}
