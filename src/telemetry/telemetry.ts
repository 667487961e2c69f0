/** Where traces and the metrics of /metrics go, beside the log: what the rest of the house knows of a collector. */
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
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
