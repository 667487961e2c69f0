/** Twice as many photos as can be served. */
import { closedLoop, HttpClient } from '../support/http-client.ts';
import type { Inputs } from '../support/inputs.ts';
import { loopDelayMs } from '../support/metrics.ts';
import { openLoop } from '../support/open-loop.ts';
import { startOurServer } from '../support/our-server.ts';
import { against, type Section } from '../support/report.ts';
import { summarise } from '../support/statistics.ts';

export async function benchOverload({ models, photos }: Inputs, seconds: number): Promise<Section> {
  await using server = await startOurServer(models);
  using client = new HttpClient(server.url, 512);
  const send = async (index: number) =>
    client.post('/models/efficientnet-lite0', photos[index % photos.length] as Buffer);
  await closedLoop(4, 60, send);
  const { perSecond: peak } = await closedLoop(16, Math.ceil(60 * seconds), send);
  await loopDelayMs(server.url);
  const { answers, perSecond } = await openLoop(2 * peak, seconds, send);
  const delayMs = await loopDelayMs(server.url);
  const row = (what: string, status: number) => {
    const { p50, p99 } = summarise(answers.filter((one) => one.status === status).map(({ ms }) => ms));
    return { what, cells: { 'per second': perSecond.get(status) ?? 0, 'p50 ms': p50, 'p99 ms': p99 } };
  };
  const [answered, refused] = [row('answered', 200), row('refused (429)', 429)];
  return {
    name: 'overload',
    title: `Twice the capacity of ${peak.toFixed(0)} photos a second`,
    rows: [answered, refused],
    findings: [
      `goodput is ${against(answered.cells['per second'] / peak, { atLeast: 0.9 })} of the peak`,
      `the rest is refused within ${against(refused.cells['p99 ms'], { atMost: 50 })} ms (p99)`,
      `statuses: ${[...perSecond.keys()].join(', ')}; event-loop delay p99 ${against(delayMs, { atMost: 20 })} ms`,
    ],
  };
}
