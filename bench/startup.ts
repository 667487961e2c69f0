/** From start to ready beside a script that only loads the same graphs. */
import { startServer } from './support/child-server.ts';
import { graphsIn, type Inputs } from './support/inputs.ts';
import { against, type Section } from './support/report.ts';
import { median } from './support/statistics.ts';

const ROUNDS = 5;
export async function benchStartup({ models }: Inputs): Promise<Section> {
  const graphs = await graphsIn(models);
  const sides = [
    { name: 'loads the graphs only', script: 'load-only.ts', args: graphs },
    {
      name: 'sandpiper, samples run',
      script: '../dist/src/cli/sandpiper.js',
      args: ['--port', '0', '--json', '--models', models, '--log-level', 'error'],
    },
  ].map((side) => ({ ...side, readyMs: [] as number[] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of sides) {
      await using server = await startServer(side.script, side.args);
      side.readyMs.push(server.readyMs);
    }
  }
  const [floor, ours] = sides;
  const ratio = median(ours?.readyMs ?? []) / median(floor?.readyMs ?? []);
  return {
    name: 'startup',
    title: 'From start to ready',
    rows: sides.map(({ name, readyMs }) => ({ what: name, cells: { 'ready ms': median(readyMs) } })),
    findings: [`start to ready is ${against(ratio, { atMost: 1.2 })} times loading alone`],
  };
}
