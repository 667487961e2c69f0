/** The service's spans as OpenTelemetry's, sampled and sent as the standard variables say. */
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { Resource } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import packageJson from '../../../package.json' with { type: 'json' };
import type { Logger } from '../logger.ts';
import type { Tracing } from '../tracing.ts';
import { numberOr } from './environment.ts';
import { FollowedTrace } from './followed-trace.ts';
import { GivenIds } from './given-ids.ts';
import { reported } from './reported-export.ts';
import { readSampler } from './read-sampler.ts';

/** Batches that may be on their way at a time: each holds its spans, and what the collector answers. */
const BATCHES_IN_FLIGHT = 4;

export function openTracing(
  resource: Resource,
  logger: Logger,
): { provider: TracerProvider; tracing: Tracing } {
  const exporter = reported(new OTLPTraceExporter({ concurrencyLimit: BATCHES_IN_FLIGHT }), 'traces', logger);
  const processor = new BatchSpanProcessor({
    exporter,
    scheduledDelayMillis: numberOr('OTEL_BSP_SCHEDULE_DELAY', 5_000),
    exportTimeoutMillis: numberOr('OTEL_BSP_EXPORT_TIMEOUT', 30_000),
    maxQueueSize: numberOr('OTEL_BSP_MAX_QUEUE_SIZE', 2_048),
    maxExportBatchSize: numberOr('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512),
  });
  const ids = new GivenIds();
  // Sampling was decided when the request began.
  const sampler = new AlwaysOnSampler();
  const provider = new TracerProvider({ resource, sampler, idGenerator: ids, spanProcessors: [processor] });
  const parts = {
    tracer: provider.getTracer('sandpiper', packageJson.version),
    ids,
    sampler: readSampler(logger),
  };
  return { provider, tracing: { follow: (span, caller) => new FollowedTrace(span, caller, parts) } };
}
