import type { Activity } from '../api/insight.ts';
import type { ServedModel } from './served-model.ts';

export function activityOf(models: readonly ServedModel[]): Activity {
  const sum = (of: (model: ServedModel) => number): number =>
    models.reduce((total, model) => total + of(model), 0);
  const waiting = sum(({ admission }) => admission.waiting);
  const times = models.flatMap(({ statistics }) => statistics.recentMs).toSorted((a, b) => a - b);
  return {
    answered: sum(({ statistics }) => statistics.read().success.count),
    failed: sum(({ statistics }) => statistics.read().fail.count),
    waiting,
    running: sum(({ admission }) => admission.present) - waiting,
    ...(times.length > 0 && { p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) }),
    memoryBytes: process.memoryUsage.rss(),
  };
}

/** Percentile by nearest rank. @param sorted ascending, not empty */
function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}
