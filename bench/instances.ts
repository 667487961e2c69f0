/** A fresh component instance: the time to make one, and what of it is left on a request's path. */
import { readFile } from 'node:fs/promises';
import { MODEL_LIMITS, SERVICE_LIMITS } from '../src/config/limits.ts';
import { openSandpiper } from '../src/index.ts';
import { compileComponent } from '../src/sandbox/component/compile-component.ts';
import { ComponentCache } from '../src/sandbox/component/component-cache.ts';
import { instanceMaker } from './support/instance-maker.ts';
import type { Inputs } from './support/inputs.ts';
import { against, type Section } from './support/report.ts';
import { median, summarise } from './support/statistics.ts';

const REQUESTS = 100;
const INSTANCES = 300;

export async function benchInstances({ models, photos }: Inputs): Promise<Section> {
  const rows = [];
  let slowest = 0;
  for (const name of ['image-classifier', 'speech-transcriber']) {
    const component = await compileComponent(await readFile(`components/build/${name}.wasm`), {
      name,
      cache: new ComponentCache(undefined),
      limits: SERVICE_LIMITS,
      caps: { ...MODEL_LIMITS, memoryBytes: 64 * 1024 * 1024 },
    });
    using maker = await instanceMaker(component);
    const ms = Array.from({ length: INSTANCES }, () => timed(maker.make)).slice(INSTANCES / 3);
    const { p50, p95 } = summarise(ms);
    slowest = Math.max(slowest, p50);
    rows.push({ what: `make ${name}`, cells: { 'p50 ms': p50, 'p95 ms': p95 } });
  }
  await using sandpiper = await openSandpiper({ models, logLevel: 'error' });
  const onPath = [];
  for (let index = 0; index < REQUESTS; index++) {
    const { timing } = await sandpiper.classify(
      'efficientnet-lite0',
      photos[index % photos.length] as Buffer,
    );
    onPath.push(timing.instantiate);
  }
  const waited = median(onPath);
  rows.push({ what: 'on a request’s path', cells: { 'p50 ms': waited, 'p95 ms': summarise(onPath).p95 } });
  return {
    name: 'instances',
    title: 'A fresh component instance',
    rows,
    findings: [
      `making one takes ${against(slowest, { atMost: 0.25 })} ms`,
      `on a request's path it takes ${against(waited, { atMost: 0.05 })} ms`,
    ],
  };
}

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}
