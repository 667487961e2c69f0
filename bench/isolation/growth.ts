/** Memory and threads before and after thousands of hostile requests. */
import { readdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { AttackHost } from '../../test/support/attack-host.ts';
import { residentMb } from '../support/child-server.ts';
import type { Section } from '../support/report.ts';

const CLIENTS = 2;
const WARM_UP = 400;
const DEADLINE_MS = 20;

export async function measureGrowth(
  host: AttackHost,
  attacks: readonly string[],
  requests: number,
): Promise<Section> {
  await attackWith(host, attacks, WARM_UP);
  const before = await settled(host);
  const started = performance.now();
  await attackWith(host, attacks, requests);
  const seconds = (performance.now() - started) / 1000;
  const after = await settled(host);
  return {
    name: 'growth',
    title: `Before and after ${requests} hostile requests (${seconds.toFixed(0)} s)`,
    rows: [
      { what: 'before', cells: { 'resident MB': before.resident, threads: before.threads } },
      { what: 'after', cells: { 'resident MB': after.resident, threads: after.threads } },
    ],
    findings: [
      `memory grew by ${(after.resident - before.resident).toFixed(1)} MB and the process by ${after.threads - before.threads} threads (aim: no growth)`,
    ],
  };
}

async function attackWith(host: AttackHost, attacks: readonly string[], requests: number): Promise<void> {
  let next = 0;
  const client = async () => {
    while (next < requests) {
      const attack = attacks[next++ % attacks.length];
      await host.call(`${attack}@1`, { deadlineMs: DEADLINE_MS });
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

/** After a while without requests, in which replaced threads end and collectors run. */
async function settled(host: AttackHost): Promise<{ resident: number; threads: number }> {
  for (let request = 0; request < 20; request++) await host.call('good@1');
  await pause(2_000);
  return { resident: await residentMb(process.pid), threads: await threadsOf(process.pid) };
}

/** Linux only; NaN elsewhere. */
async function threadsOf(pid: number): Promise<number> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => undefined);
  return tasks?.length ?? Number.NaN;
}
