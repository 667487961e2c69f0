/** A Prometheus of its own scrapes a live service: each panel of the dashboard shows something, and each alert can be asked. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pictureTo, startColourServer, type ColourServer } from '../../support/colour-models.ts';
import { freePort } from '../../support/free-port.ts';
import { Unavailable } from '../../support/python-environment.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { prometheusFolder } from './check-rules.ts';

const dashboard = join(import.meta.dirname, '../../../deploy/grafana/sandpiper.json');

interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[];
}

/** One of what Prometheus answers to a query. */
interface Sample {
  metric: Record<string, string>;
  value: [number, string];
}

/** Nothing that a service does wrong in half a minute shows there. */
const MAY_BE_EMPTY = /Version/;

export async function checkPrometheus(): Promise<string> {
  await using folder = await temporaryFolder('sandpiper-prometheus-');
  await using server = await startColourServer({ one: { deadlineMs: 1_000 } });
  const port = await freePort();
  const example = await readFile(join(prometheusFolder, 'prometheus.yaml'), 'utf8');
  const config = example
    .replace('127.0.0.1:8080', new URL(server.url).host)
    .replace('[alerts.yaml]', `[${join(prometheusFolder, 'alerts.yaml')}]`)
    .replaceAll('15s', '1s');
  await writeFile(join(folder.path, 'prometheus.yaml'), config);
  const prometheus = spawn(
    'prometheus',
    [
      `--config.file=${join(folder.path, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(folder.path, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  prometheus.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = new Promise<never>((_, reject) => {
    prometheus.once('error', () =>
      reject(new Unavailable('there is no prometheus here: apt-get install prometheus')),
    );
    prometheus.once('exit', (code) => reject(new Error(`prometheus ended with ${code}: ${log}`)));
  });
  try {
    return await Promise.race([ended, ask(`http://127.0.0.1:${port}`, server)]);
  } finally {
    ended.catch(() => undefined);
    prometheus.kill('SIGTERM');
    if (prometheus.pid !== undefined && prometheus.exitCode === null) await once(prometheus, 'exit');
  }
}

async function ask(prometheus: string, server: ColourServer): Promise<string> {
  const query = async (path: string): Promise<Sample[]> => {
    const response = await fetch(`${prometheus}/api/v1/${path}`);
    const answer = (await response.json()) as { status: string; error?: string; data: { result: Sample[] } };
    assert.equal(answer.status, 'success', `${path}: ${answer.error}`);
    return answer.data.result;
  };
  const value = async (expression: string) => query(`query?query=${encodeURIComponent(expression)}`);
  await until(async () => (await value('up{job="sandpiper"} == 1')).length === 1);
  // Rates are of what changes while it is looked at.
  for (let round = 0; round < 5; round++) {
    for (const what of ['answer', 'refuse', 'trap', 'loop'] as const) await post(server, what);
  }
  await until(async () => {
    const [counted] = await value('sandpiper_requests_total{outcome="component-failed"}');
    return Number(counted?.value[1]) === 5;
  });

  const { panels } = JSON.parse(await readFile(dashboard, 'utf8')) as Dashboard;
  const expressions = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
  for (const { title, expr } of expressions) {
    const found = await value(
      expr.replaceAll('$__rate_interval', '30s').replaceAll(/\$(instance|model)/g, '.*'),
    );
    assert.ok(found.length > 0 || MAY_BE_EMPTY.test(title), `nothing to show in "${title}": ${expr}`);
    for (const {
      value: [, number],
    } of found)
      assert.ok(Number.isFinite(Number(number)), `"${title}" shows ${number}: ${expr}`);
  }

  const response = await fetch(`${prometheus}/api/v1/rules`);
  const { data } = (await response.json()) as {
    data: { groups: { rules: { name: string; health: string; state: string; query: string }[] }[] };
  };
  const rules = data.groups.flatMap((group) => group.rules);
  await until(async () => rules.length > 0);
  for (const { name, health } of rules) assert.notEqual(health, 'err', name);
  // The series of each alert exist: without them the alert would be silent for ever.
  for (const { name, query: expression } of rules) {
    const series = [...expression.matchAll(/\b(?:sandpiper_\w+|up)\b/g)].map(([metric]) => metric);
    for (const metric of series)
      assert.ok((await value(metric)).length > 0, `${name} looks at ${metric}, which nobody tells`);
  }
  const traps = rules.find(({ name }) => name === 'SandpiperComponentTraps');
  assert.ok(traps !== undefined);
  await until(async () => (await value(traps.query)).length === 1);
  return `${expressions.length} expressions of the dashboard, ${rules.length} alerts`;
}

async function post(server: ColourServer, what: Parameters<typeof pictureTo>[0]): Promise<void> {
  const body = new Uint8Array(await pictureTo(what));
  await (await fetch(`${server.url}/models/one`, { method: 'POST', body })).arrayBuffer();
}

/** Prometheus scrapes once a second. @throws Error after a minute */
async function until(is: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await is().catch(() => false)) return;
    await sleep(200);
  }
  throw new Error(`still not: ${is.toString()}`);
}
