/** Classification by HTTP beside the plainest server of the same model: one client, and eight. */
import { startServer } from './support/child-server.ts';
import { closedLoop, HttpClient, type Answer } from './support/http-client.ts';
import type { Inputs } from './support/inputs.ts';
import { against, type Section } from './support/report.ts';
import { median, summarise } from './support/statistics.ts';

const ROUNDS = 5;
const WARM_UP = 40;

interface Target {
  name: string;
  send: (index: number) => Promise<Answer>;
}

interface Measured {
  ms: number[];
  perSecond: number[];
}

export async function benchClassify({ models, photos }: Inputs): Promise<Section> {
  await using plain = await startServer('plain-server.ts', [`${models}/efficientnet-lite0/1`]);
  await using ours = await startServer('../dist/src/cli/sandpiper.js', [
    '--port',
    '0',
    '--json',
    '--models',
    models,
    '--log-level',
    'error',
  ]);
  const targets = [
    target('plain server', plain.url, '/classify', photos),
    target('sandpiper', ours.url, '/models/efficientnet-lite0', photos),
  ];
  for (const { send } of targets) await closedLoop(4, WARM_UP, send);

  const rows = [];
  const findings = [];
  for (const clients of [1, 8]) {
    const requests = clients === 1 ? 100 : 160;
    const measured = await measure(targets, clients, requests);
    for (const [index, { name }] of targets.entries()) {
      const { p50, p95, p99 } = summarise(measured[index]?.ms ?? []);
      const perSecond = median(measured[index]?.perSecond ?? []);
      rows.push({
        what: `${name}, ${clients} client${clients > 1 ? 's' : ''}`,
        cells: { 'p50 ms': p50, 'p95 ms': p95, 'p99 ms': p99, 'per second': perSecond },
      });
    }
    const [base, sandpiper] = measured;
    if (clients === 1) {
      const ratio = median(sandpiper?.ms ?? []) / median(base?.ms ?? []);
      findings.push(`p50 with one client is ${against(ratio, { atMost: 1 })} times the plain server's`);
    } else {
      const ratio = median(sandpiper?.perSecond ?? []) / median(base?.perSecond ?? []);
      findings.push(
        `throughput with ${clients} clients is ${against(ratio, { atLeast: 1.35 })} times the plain server's`,
      );
    }
  }
  return { name: 'classify', title: 'Classify a photo by HTTP', rows, findings };
}

/** In turns, so that both meet the same moods of the machine. */
async function measure(targets: readonly Target[], clients: number, requests: number): Promise<Measured[]> {
  const measured = targets.map((): Measured => ({ ms: [], perSecond: [] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, { send }] of targets.entries()) {
      const { answers, perSecond } = await closedLoop(clients, requests, send);
      measured[index]?.ms.push(...answers.map(({ ms }) => ms));
      measured[index]?.perSecond.push(perSecond);
    }
  }
  return measured;
}

function target(name: string, url: string, path: string, photos: readonly Buffer[]): Target {
  const client = new HttpClient(url, 64);
  return { name, send: (index) => client.post(path, photos[index % photos.length] as Buffer) };
}
