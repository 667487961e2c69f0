/** From start to ready beside a script that only loads the same graphs, and the memory of both. */
import { startServer } from './support/child-server.ts';
import type { Inputs } from './support/inputs.ts';
import { against, type Section } from './support/report.ts';
import { median } from './support/statistics.ts';

const ROUNDS = 5;
const GRAPHS = [
  'efficientnet-lite0/1/model',
  'moonshine-tiny/1/encoder',
  'moonshine-tiny/1/decoder',
  'moonshine-tiny/1/vad',
];

export async function benchStartup({ models }: Inputs): Promise<Section> {
  const graphs = GRAPHS.map((graph) => `${models}/${graph}.onnx`);
  const sides = [
    { name: 'loads the graphs only', script: 'load-only.ts', args: graphs },
    {
      name: 'sandpiper, samples run',
      script: '../dist/src/cli/sandpiper.js',
      args: ['--port', '0', '--json', '--models', models, '--log-level', 'error'],
    },
  ].map((side) => ({ ...side, readyMs: [] as number[], residentMb: [] as number[] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of sides) {
      await using server = await startServer(side.script, side.args);
      side.readyMs.push(server.readyMs);
      side.residentMb.push(await server.residentMb());
    }
  }
  const [floor, ours] = sides;
  const ratio = median(ours?.readyMs ?? []) / median(floor?.readyMs ?? []);
  return {
    name: 'startup',
    title: 'From start to ready',
    rows: sides.map(({ name, readyMs, residentMb }) => ({
      what: name,
      cells: { 'ready ms': median(readyMs), 'resident MB': median(residentMb) },
    })),
    findings: [`start to ready is ${against(ratio, { atMost: 1.5 })} times loading alone`],
  };
}
