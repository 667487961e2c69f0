/**
 * `npm run test:triton`: the same requests to this service and to a live Triton over the same graphs. They answer
 * alike, or as `differences.ts` says, and where both have answered, their metrics have counted the same; docs/conformance-oip.md tells it, written anew by `npm run test:triton -- --write`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startServing } from '../support/cli.ts';
import { graphRepository } from '../support/graph-models.ts';
import { Unavailable } from '../support/python-environment.ts';
import { startTriton } from '../support/start-triton.ts';
import { ask, differences } from './compare-answers.ts';
import { CountedServer, isSame } from './compare-counts.ts';
import { DIFFERENCES } from './differences.ts';
import { GRAPHS, REQUESTS } from './requests.ts';
import { tellComparison, type Compared } from './tell-comparison.ts';

const document = join(import.meta.dirname, '../../docs/conformance-oip.md');

try {
  const compared = await compareAll();
  const failed = compared.filter((one) => one.unexpected !== undefined);
  for (const { name, unexpected, ours, theirs } of failed) {
    console.log(
      `${name}: ${unexpected}\n  here:   ${JSON.stringify(ours)}\n  Triton: ${JSON.stringify(theirs)}`,
    );
  }
  const before = await readFile(document, 'utf8');
  const told = await tellComparison(before, compared);
  if (process.argv.includes('--write')) await writeFile(document, told);
  const stale = !process.argv.includes('--write') && told !== before;
  if (stale) console.log('docs/conformance-oip.md tells it otherwise: npm run test:triton -- --write');
  console.log(`\n${compared.length - failed.length} passed, ${failed.length + Number(stale)} failed`);
  process.exitCode = failed.length > 0 || stale ? 1 : 0;
} catch (error) {
  if (!(error instanceof Unavailable)) throw error;
  console.log(`skipped: ${error.message}`);
}

async function compareAll(): Promise<Compared[]> {
  await using graphs = await graphRepository(GRAPHS);
  console.log('starting Triton and the service');
  await using triton = await startTriton(graphs.path);
  using service = await startServing(['--models', graphs.path, '--log-level', 'warn']);
  const [here, there] = [new CountedServer(`${service.url}/metrics`), new CountedServer(triton.metricsUrl)];
  const compared: Compared[] = [];
  for (const request of REQUESTS) {
    await Promise.all([here.sinceThen(), there.sinceThen()]);
    const [ours, theirs] = [await ask(service.url, request), await ask(triton.url, request)];
    const { differs = [], because } = DIFFERENCES[request.name] ?? {};
    const found = differences(ours, theirs, request.ourFields);
    const expected = found.toSorted().join() === differs.toSorted().join();
    if (request.path.endsWith('/infer') && ours.status === 200 && theirs.status === 200) {
      const counted = await here.sinceThen();
      const counts = await there.sinceThen(counted);
      if (!isSame(counted, counts)) {
        const told = `counted ${JSON.stringify(counted)} here and ${JSON.stringify(counts)} by Triton`;
        compared.push({ name: `${request.name}, counted`, ours, theirs, differs: [], unexpected: told });
      }
    }
    compared.push({
      name: request.name,
      ours,
      theirs,
      ...(because !== undefined && { because }),
      differs: found,
      ...(!expected && { unexpected: `differs in [${found.join(', ')}] and not in [${differs.join(', ')}]` }),
    });
  }
  return compared;
}
