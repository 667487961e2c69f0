/** Photos by more and more connections, beside the plain server. */
import { closedLoop, HttpClient, type Answer } from '../support/http-client.ts';
import { startServer } from '../support/child-server.ts';
import type { Inputs } from '../support/inputs.ts';
import { copyModel } from '../support/model-copy.ts';
import { startOurServer } from '../support/our-server.ts';
import type { Section } from '../support/report.ts';
import { summarise } from '../support/statistics.ts';

const MODEL = 'efficientnet-lite0';
const CONNECTIONS = [1, 8, 64, 256];
const WARM_UP = 40;

/** The queue is as long as there are connections, and patient: refusals are measured by themselves. */
const PATIENT = { queueLength: 512, deadlineMs: 120_000 };

export async function benchConnections({ models, photos }: Inputs, seconds: number): Promise<Section> {
  await using patient = await copyModel(models, MODEL, PATIENT);
  await using plain = await startServer('plain-server.ts', [`${models}/${MODEL}/1`]);
  await using ours = await startOurServer(patient.models);
  const servers = [
    { name: 'plain server', url: plain.url, path: '/classify' },
    { name: 'Sandpiper', url: ours.url, path: `/models/${MODEL}` },
  ];
  const rows: Section['rows'] = [];
  const perSecond: number[] = [];
  for (const connections of CONNECTIONS) {
    for (const { name, url, path } of servers) {
      using client = new HttpClient(url, connections);
      const send = async (index: number): Promise<Answer> =>
        client.post(path, photos[index % photos.length] as Buffer);
      await closedLoop(Math.min(4, connections), WARM_UP, send);
      const requests = Math.max(4 * connections, Math.ceil(60 * seconds));
      const measured = await closedLoop(connections, requests, send);
      const { p50, p95, p99 } = summarise(measured.answers.map(({ ms }) => ms));
      perSecond.push(measured.perSecond);
      const cells = { 'per second': measured.perSecond, 'p50 ms': p50, 'p95 ms': p95, 'p99 ms': p99 };
      rows.push({ what: `${connections} connections, ${name}`, cells });
    }
  }
  return {
    name: 'connections',
    title: 'Photos by more and more connections',
    rows,
    findings: CONNECTIONS.map((connections, index) => {
      const [base = Number.NaN, own = Number.NaN] = perSecond.slice(2 * index);
      return `${connections} connections: ${(own / base).toFixed(2)} times the plain server's throughput`;
    }),
  };
}
