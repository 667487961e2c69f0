/** From a client that hangs up in the middle of a run that would never end until that run's core is free. */
import { setImmediate as turn } from 'node:timers/promises';
import { monotonicMs } from '../../src/async/clock.ts';
import { openSandpiper } from '../../src/index.ts';
import { graphRepository } from '../../test/support/graph-models.ts';
import { spinningModel } from '../../test/support/onnx-models.ts';
import { against, type Section } from '../support/report.ts';
import { summarise } from '../support/statistics.ts';

const ROUNDS = 40;

export async function measureHangUp(): Promise<Section> {
  await using repository = await graphRepository({ loop: spinningModel() });
  await using service = await openSandpiper({ models: repository.path, logLevel: 'error' });
  const runs = async (): Promise<boolean> => !(await service.metrics()).includes('sandpiper_graph_runs 0');
  const freeMs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const client = new AbortController();
    const data = new Uint8Array(BigInt64Array.of(2n ** 40n).buffer);
    const input = { name: 'iterations', datatype: 'INT64', shape: [], data } as const;
    const asked = service.infer('loop', [input], { signal: client.signal }).catch(() => undefined);
    while (!(await runs())) await turn();
    const hungUp = monotonicMs();
    client.abort();
    while (await runs()) await turn();
    freeMs.push(monotonicMs() - hungUp);
    await asked;
  }
  const { p50, p95 } = summarise(freeMs);
  return {
    name: 'hang-up',
    title: 'A client that hangs up in the middle of an endless run: until its core is free',
    rows: [{ what: `${ROUNDS} times`, cells: { 'p50 ms': p50, 'p95 ms': p95 } }],
    findings: [
      `the core is free ${against(p95, { atMost: 50 })} ms after the client hung up, at the 95th percentile`,
    ],
  };
}
