import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = async (file: string) => readFile(join(root, file), 'utf8');
const namesIn = (text: string, pattern: RegExp) =>
  [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].toSorted();

test('each alert is explained to whoever it wakes, and fired by a test', async () => {
  const alerts = namesIn(await read('deploy/prometheus/alerts.yaml'), /- alert: (\w+)/g);
  expect(alerts.length).toBeGreaterThan(0);
  expect(namesIn(await read('docs/operations.md'), /^\| `(Sandpiper\w+)`/gm)).toEqual(alerts);
  const fired = /alertname: (\w+)\n\s+exp_alerts:\n/g;
  expect(namesIn(await read('deploy/prometheus/alerts-test.yaml'), fired)).toEqual(alerts);
});

test("Prometheus' operator is given the same alerts, which Kustomize applies", async () => {
  const groups = (await read('deploy/prometheus/alerts.yaml')).replaceAll(/^#.*\n/gm, '');
  const [, spec = ''] = (await read('deploy/kubernetes/base/prometheus-rule.yaml')).split('\nspec:\n');
  expect(spec.replaceAll(/^ {2}/gm, '')).toBe(groups);
  expect(await read('deploy/kubernetes/base/kustomization.yaml')).toContain('  - prometheus-rule.yaml\n');
});

test('the alerts and the dashboard look at series that docs/metrics.md names', async () => {
  const docs = await read('docs/metrics.md');
  const used = [await read('deploy/prometheus/alerts.yaml'), await read('deploy/grafana/sandpiper.json')];
  const series = namesIn(
    used.join('\n'),
    /\b((?:sandpiper|nv|process)_[a-z0-9_]+?)(?:_bucket)?\b(?=[{ [\\)])/g,
  );
  expect(series.length).toBeGreaterThan(15);
  for (const name of series) {
    const short = name.replace(/^nv_inference/, '').replace(/_duration_us$/, '_');
    expect([name, docs.includes(name) || docs.includes(`\`${short}\``)]).toEqual([name, true]);
  }
});
