/** A thousand instances of a reference component that live at one time. */
import { readFile } from 'node:fs/promises';
import { MODEL_LIMITS, SERVICE_LIMITS } from '../../src/config/limits.ts';
import { compileComponent } from '../../src/sandbox/component/compile-component.ts';
import { ComponentCache } from '../../src/sandbox/component/component-cache.ts';
import { instanceMaker } from '../support/instance-maker.ts';
import { residentMb } from '../support/child-server.ts';
import { against, type Section } from '../support/report.ts';

const INSTANCES = 1_000;

export async function measureInstances(): Promise<Section> {
  const component = await compileComponent(await readFile('components/build/image-classifier.wasm'), {
    name: 'image-classifier',
    cache: new ComponentCache(undefined),
    limits: SERVICE_LIMITS,
    caps: MODEL_LIMITS,
  });
  using maker = await instanceMaker(component);
  for (let warm = 0; warm < 50; warm++) maker.make();
  const before = await residentMb(process.pid);
  const started = performance.now();
  const instances = Array.from({ length: INSTANCES }, () => maker.make());
  const seconds = (performance.now() - started) / 1000;
  const megabytes = ((await residentMb(process.pid)) - before) / instances.length;
  return {
    name: 'instances',
    title: `${INSTANCES} live instances of image-classifier`,
    rows: [
      {
        what: 'all made in a row, on one thread',
        cells: { 'seconds in all': seconds, 'resident MB each': megabytes },
      },
    ],
    findings: [
      `${INSTANCES} instances take ${against(seconds, { atMost: 0.5 })} s`,
      `each takes ${against(megabytes, { atMost: 0.35 })} MB`,
    ],
  };
}
