/** Photos beside long speech, and more requests than can be served. `node bench/mixed-load.ts [seconds]` */
import { longSpeech } from '../test/support/long-speech.ts';
import { startServer, type ChildServer } from './support/child-server.ts';
import { closedLoop, HttpClient, type Answer } from './support/http-client.ts';
import { readInputs, type Inputs } from './support/inputs.ts';
import { metricOf } from './support/metrics.ts';
import { openLoop } from './support/open-loop.ts';
import { against, printSection, type Section } from './support/report.ts';
import { summarise } from './support/statistics.ts';

const LONG_SOUNDS = 2;
const DELAY = 'event_loop_delay_seconds{quantile="0.99"}';

type Send = (index: number) => Promise<Answer>;

async function photosBesideSpeech({ url }: ChildServer, send: Send, seconds: number): Promise<Section> {
  const body = await longSpeech(180);
  const rows = [];
  const findings = [];
  for (const clients of [1, 4]) {
    const requests = Math.ceil((clients === 1 ? 20 : 40) * seconds);
    const alone = summarise((await closedLoop(clients, requests, send)).answers.map(({ ms }) => ms));
    const hangUp = new AbortController();
    let ended = 0;
    const speak = async () =>
      fetch(`${url}/models/moonshine-tiny`, { method: 'POST', body, signal: hangUp.signal })
        .then(() => ended++)
        .catch(() => undefined);
    const speech = Array.from({ length: LONG_SOUNDS }, speak);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await metricOf(url, DELAY);
    const { answers } = await closedLoop(clients, requests, send);
    const delayMs = 1000 * (await metricOf(url, DELAY));
    const goneOn = LONG_SOUNDS - ended;
    hangUp.abort();
    await Promise.all(speech);
    const beside = summarise(answers.map(({ ms }) => ms));
    for (const [what, { p50, p95, p99 }] of [
      [`${clients} clients alone`, alone],
      [`${clients} clients beside ${LONG_SOUNDS} long sounds`, beside],
    ] as const)
      rows.push({ what, cells: { 'p50 ms': p50, 'p95 ms': p95, 'p99 ms': p99 } });
    findings.push(
      `p99 with ${clients} clients is ${against(beside.p99 / alone.p99, { atMost: 3 })} times that alone; event-loop delay p99 ${delayMs.toFixed(1)} ms; ${goneOn} of ${LONG_SOUNDS} sounds lasted as long`,
    );
  }
  return { name: 'mixed', title: 'Photos beside long speech', rows, findings };
}

async function twiceTheCapacity({ url }: ChildServer, send: Send, seconds: number): Promise<Section> {
  const { perSecond: peak } = await closedLoop(16, Math.ceil(60 * seconds), send);
  await metricOf(url, DELAY);
  const { answers, perSecond } = await openLoop(2 * peak, seconds, send);
  const delayMs = 1000 * (await metricOf(url, DELAY));
  const goodput = perSecond.get(200) ?? 0;
  const timesOf = (wanted: number) =>
    summarise(answers.filter(({ status }) => status === wanted).map(({ ms }) => ms));
  const [good, refused] = [timesOf(200), timesOf(429)];
  return {
    name: 'overload',
    title: `Twice the capacity of ${peak.toFixed(0)} a second`,
    rows: [
      { what: 'answered', cells: { 'per second': goodput, 'p50 ms': good.p50, 'p99 ms': good.p99 } },
      {
        what: 'refused',
        cells: { 'per second': perSecond.get(429) ?? 0, 'p50 ms': refused.p50, 'p99 ms': refused.p99 },
      },
    ],
    findings: [
      `goodput is ${against(goodput / peak, { atLeast: 0.9 })} of the peak`,
      `the rest is refused within ${against(refused.p99, { atMost: 50 })} ms (p99)`,
      `statuses: ${[...perSecond.keys()].join(', ')}; event-loop delay p99 ${against(delayMs, { atMost: 20 })} ms`,
    ],
  };
}

async function run(inputs: Inputs, seconds: number): Promise<void> {
  await using server = await startServer('../dist/src/cli/sandpiper.js', [
    '--port',
    '0',
    '--json',
    '--models',
    inputs.models,
    '--log-level',
    'error',
  ]);
  using client = new HttpClient(server.url, 512);
  const send: Send = async (index) =>
    client.post('/models/efficientnet-lite0', inputs.photos[index % inputs.photos.length] as Buffer);
  await closedLoop(4, 60, send);
  printSection(await photosBesideSpeech(server, send, seconds));
  printSection(await twiceTheCapacity(server, send, seconds));
}

const seconds = Number(process.argv[2] ?? 10);
await run(
  await readInputs({ models: 'models', ...(process.argv[3] && { photos: process.argv[3] }) }),
  seconds,
);
