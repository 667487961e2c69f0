/** The registries of prom-client, as OpenTelemetry's metrics: the same names, labels and numbers as at /metrics. */
import { ValueType, type HrTime } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type CollectionResult,
  type DataPoint,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { MetricSource } from '../telemetry.ts';

type Metric = MetricObjectWithValues<MetricValue<string>>;
type Value = Metric['values'][number];

interface Times {
  startTime: HrTime;
  endTime: HrTime;
}

export class RegistryProducer implements MetricProducer {
  readonly #sources: MetricSource[] = [];
  readonly #startTime = millisToHrTime(Date.now());
  readonly #resource: Resource;

  constructor(resource: Resource) {
    this.#resource = resource;
  }

  add(source: MetricSource): void {
    this.#sources.push(source);
  }

  /** A source that fails, as one does whose service is closed, leaves the others as they are. */
  async collect(): Promise<CollectionResult> {
    const times = { startTime: this.#startTime, endTime: millisToHrTime(Date.now()) };
    const collected = await Promise.allSettled(this.#sources.map(async (source) => source()));
    const found = collected.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    const errors = collected.flatMap((result): unknown[] =>
      result.status === 'rejected' ? [result.reason] : [],
    );
    const metrics = found.map((metric) => toMetricData(metric, times));
    return {
      resourceMetrics: {
        resource: this.#resource,
        scopeMetrics: [{ scope: { name: 'sandpiper' }, metrics }],
      },
      errors,
    };
  }
}

function toMetricData(metric: Metric, times: Times): MetricData {
  const shared = {
    descriptor: { name: metric.name, description: metric.help, unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const points = (): DataPoint<number>[] =>
    metric.values.map(({ labels, value }) => ({ ...times, attributes: labels as Labels, value }));
  // Said as a text, whatever its type says.
  switch (String(metric.type)) {
    case 'counter':
      return { ...shared, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: points() };
    case 'histogram':
      return { ...shared, dataPointType: DataPointType.HISTOGRAM, dataPoints: toHistograms(metric, times) };
    default:
      return { ...shared, dataPointType: DataPointType.GAUGE, dataPoints: points() };
  }
}

type Labels = Record<string, string | number>;

/** prom-client lists the buckets of a series one by one, each with all that are below it. */
function toHistograms({ name, values }: Metric, times: Times): DataPoint<Histogram>[] {
  const series = Map.groupBy(values, ({ labels }) => JSON.stringify({ ...labels, le: '' }));
  return [...series.values()].map((parts) => {
    const numberOf = (suffix: string) =>
      parts.find((part) => nameOf(part) === `${name}_${suffix}`)?.value ?? 0;
    const buckets = parts.filter((part) => nameOf(part) === `${name}_bucket`);
    const attributes = { ...(buckets[0]?.labels as Labels | undefined) };
    delete attributes['le'];
    const counts = buckets.map(({ value }, index) => value - (buckets[index - 1]?.value ?? 0));
    const boundaries = buckets.map(({ labels }) => Number((labels as Labels)['le'])).filter(Number.isFinite);
    const value = { buckets: { boundaries, counts }, sum: numberOf('sum'), count: numberOf('count') };
    return { ...times, attributes, value };
  });
}

/** Name of one value of a histogram, which its type lacks. */
function nameOf(value: Value): unknown {
  return Reflect.get(value, 'metricName');
}
