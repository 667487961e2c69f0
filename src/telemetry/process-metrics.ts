import { Counter, Gauge, type Registry } from 'prom-client';

/** Metrics of the process, under the names of Prometheus' own libraries. */
export function registerProcessMetrics(registry: Registry): void {
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
  for (const metric of [cpu, memory, start]) registry.registerMetric(metric);
}
