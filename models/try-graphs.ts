/**
 * Tries the graphs of the models in this folder and writes what came, `npm run try-graphs`: they then need not be
 * tried again where the service is started first.
 */
import { glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, LIBRARIES, TRIED_GRAPHS, type TriedGraphs } from '../src/engine/trial/verdict-cache.ts';
import { tryGraph } from '../src/engine/trial/try-graph.ts';

const limits = { ms: 60_000, bytes: 2 ** 30 };

const tried: [digest: string, cpuMs: number][] = [];
for await (const path of glob('*/*/*.onnx', { cwd: import.meta.dirname })) {
  const model = await readFile(join(import.meta.dirname, path));
  const verdict = await tryGraph(model, limits, { signal: new AbortController().signal });
  if (verdict?.kind !== 'harmless') throw new Error(`${path}: ${JSON.stringify(verdict)}`);
  tried.push([digestOf(model), verdict.cpuMs]);
}
const cpuMs = Object.fromEntries(tried.toSorted(([a], [b]) => a.localeCompare(b)));
const text = JSON.stringify({ libraries: LIBRARIES, cpuMs } satisfies TriedGraphs, null, 2);
await writeFile(TRIED_GRAPHS, `${text}\n`);
