/**
 * Traces and the metrics of /metrics, sent to a collector by OpenTelemetry's protocol. The
 * standard variables say whether and where (docs/operations.md); where they say nothing, nothing of OpenTelemetry's
 * SDK is loaded.
 */
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import { wantedExports, type Environment } from './export-settings.ts';
import type { Logger } from './logger.ts';
import type { Tracing } from './tracing.ts';

/** All series of a registry of prom-client, at this moment. */
export type MetricSource = () => Promise<MetricObjectWithValues<MetricValue<string>>[]>;

export interface Telemetry extends AsyncDisposable {
  /** Undefined: no traces are wanted. */
  readonly tracing: Tracing | undefined;
  /** Sends these numbers along from now on, if any are wanted. */
  addMetrics(source: MetricSource): void;
  /** Sends what it still has, for two seconds at most. */
  close(): Promise<void>;
}

/** @returns undefined where the environment asks for nothing */
export async function openTelemetry(
  logger: Logger,
  environment: Environment = process.env,
): Promise<Telemetry | undefined> {
  const { traces, metrics, warnings } = wantedExports(environment);
  for (const warning of warnings) logger.warn(warning);
  if (!traces && !metrics) return undefined;
  const { Exports } = await import('./opentelemetry/exports.ts');
  return new Exports({ traces, metrics }, logger);
}
