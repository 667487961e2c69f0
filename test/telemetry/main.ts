/**
 * `npm run test:telemetry`: the alerts by promtool, the dashboard and the alerts by a Prometheus that scrapes a live service,
 * and traces by OpenTelemetry's own collector, which is built from the Go proxy and kept below .cache. Without
 * Prometheus, or without Go, it says so and skips what needs it.
 */
import { Unavailable } from '../support/python-environment.ts';
import { checkCollector } from './main/check-collector.ts';
import { checkPrometheus } from './main/check-prometheus.ts';
import { checkRules } from './main/check-rules.ts';

let failed = 0;
for (const [what, check] of Object.entries({
  'rules and configuration': checkRules,
  'dashboard and alerts over a live service': checkPrometheus,
  'traces in a real collector': checkCollector,
})) {
  try {
    console.log(`passed: ${what}: ${await check()}`);
  } catch (error) {
    if (error instanceof Unavailable) console.log(`skipped: ${what}: ${error.message}`);
    else {
      failed += 1;
      console.log(`failed: ${what}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
}
process.exitCode = failed === 0 ? 0 : 1;
