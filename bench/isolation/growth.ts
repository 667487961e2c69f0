/** Memory and threads before and after thousands of hostile requests. */
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { AttackHost } from '../../test/support/attack-host.ts';
import { residentMb, threadsOf } from '../support/child-server.ts';
import type { Section } from '../support/report.ts';

const CLIENTS = 2;
/** So many that everything which is made once, or grows to a size of its own, has been. */
const WARM_UP = 2_500;
const DEADLINE_MS = 20;
/** Readings along the way: a leak goes on growing, and what is only being filled comes to rest. */
const QUARTERS = 4;

export async function measureGrowth(
  host: AttackHost,
  attacks: readonly string[],
  requests: number,
): Promise<Section> {
  await attackWith(host, attacks, WARM_UP);
  const readings = [await settled(host)];
  const started = performance.now();
  for (let quarter = 0; quarter < QUARTERS; quarter++) {
    await attackWith(host, attacks, Math.ceil(requests / QUARTERS));
    readings.push(await settled(host));
  }
  const seconds = (performance.now() - started) / 1000;
  const [before, after] = [readings[0], readings.at(-1)];
  if (before === undefined || after === undefined) throw new Error('No reading was taken.');
  return {
    name: 'growth',
    title: `Before, during and after ${requests} hostile requests (${seconds.toFixed(0)} s)`,
    rows: readings.map(({ resident, threads }, quarter) => ({
      what: `after ${Math.ceil(requests / QUARTERS) * quarter}`,
      cells: { 'resident MB': resident, threads },
    })),
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

/** After a while without requests, in which replaced threads end; what only waits for the collector is no growth. */
async function settled(host: AttackHost): Promise<{ resident: number; threads: number }> {
  for (let request = 0; request < 20; request++) await host.call('good@1');
  await pause(2_000);
  collectGarbage();
  return { resident: await residentMb(process.pid), threads: await threadsOf(process.pid) };
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
