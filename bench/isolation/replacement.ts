/** From a missed deadline until the next request has a thread, where one guest thread does all the work. */
import { monotonicMs } from '../../src/async/clock.ts';
import { buildGuest } from '../../test/support/attack-guest.ts';
import { AttackHost } from '../../test/support/attack-host.ts';
import { against, type Section } from '../support/report.ts';
import { summarise } from '../support/statistics.ts';

const ROUNDS = 40;
const DEADLINE_MS = 100;

export async function measureReplacement(): Promise<Section> {
  await using host = await AttackHost.open(1);
  for (const name of ['good', 'loop-forever']) await host.install(`${name}@1`, await buildGuest(name));
  await host.call('good@1');
  const late: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const deadline = monotonicMs() + DEADLINE_MS;
    const looping = host.call('loop-forever@1', { deadlineMs: DEADLINE_MS });
    await host.call('good@1', { onStart: () => late.push(monotonicMs() - deadline) });
    await looping;
  }
  const { p50, p95 } = summarise(late);
  return {
    name: 'replacement',
    title: 'A guest that loops for ever: from its deadline to the next request on a thread',
    rows: [{ what: `${ROUNDS} times, deadline ${DEADLINE_MS} ms`, cells: { 'p50 ms': p50, 'p95 ms': p95 } }],
    findings: [`the thread is replaced ${against(p50, { atMost: 20 })} ms after the deadline`],
  };
}
