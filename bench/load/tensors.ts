/** A tensor in and a tensor out by the binary extension, beside a live Triton over the same ONNX file. */
import { copyFile, mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Unavailable } from '../../test/support/python-environment.ts';
import { startTriton } from '../../test/support/start-triton.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { runBareGraph } from '../support/bare-graph.ts';
import { closedLoop, HttpClient, type Answer } from '../support/http-client.ts';
import type { Inputs } from '../support/inputs.ts';
import { startOurServer } from '../support/our-server.ts';
import { against, type Section } from '../support/report.ts';
import { median, summarise } from '../support/statistics.ts';

const CONNECTIONS = [1, 8];
const ROUNDS = 5;
const WARM_UP = 40;
const SHAPE = [1, 3, 224, 224];

export async function benchTensors({ models }: Inputs, seconds: number): Promise<Section> {
  await using folder = await temporaryFolder('sandpiper-bench-');
  const graphs = join(folder.path, 'graphs');
  await mkdir(join(graphs, 'lite0', '1'), { recursive: true });
  await copyFile(join(models, 'efficientnet-lite0/1/model.onnx'), join(graphs, 'lite0', '1', 'model.onnx'));
  await using ours = await startOurServer(graphs);
  await using stack = new AsyncDisposableStack();
  const triton = await startTriton(graphs).catch((error: unknown) => {
    if (error instanceof Unavailable) return error;
    throw error;
  });
  const servers = [{ name: 'Sandpiper', url: ours.url }];
  if (!(triton instanceof Unavailable)) servers.unshift({ name: 'Triton', url: stack.use(triton).url });
  const rows: Section['rows'] = [];
  const findings: string[] = triton instanceof Unavailable ? [`without Triton: ${triton.message}`] : [];
  for (const connections of CONNECTIONS) {
    const measured = await measure(servers, connections, Math.ceil((100 * seconds) / ROUNDS));
    // The bound for any server on this machine.
    const bare = await runBareGraph(
      {
        model: join(graphs, 'lite0', '1', 'model.onnx'),
        input: 'input',
        shape: SHAPE,
        cores: connections === 1 ? availableParallelism() : 1,
        runs: 50 * seconds,
      },
      connections === 1 ? 1 : availableParallelism(),
    );
    rows.push({
      what: `ONNX Runtime alone, ${connections === 1 ? 'one run on all cores' : 'a run on each core'}`,
      cells: cellsOf(bare.ms, bare.perSecond),
    });
    const [other, own] = measured.length > 1 ? measured : [undefined, measured[0]];
    for (const { name, ms, perSecond } of measured) {
      rows.push({ what: `${connections} connections, ${name}`, cells: cellsOf(ms, median(perSecond)) });
    }
    if (other === undefined || own === undefined) continue;
    findings.push(
      `${connections} connections: p50 is ${against(median(own.ms) / median(other.ms), { atMost: 0.85 })} times Triton's, throughput ${against(median(own.perSecond) / median(other.perSecond), { atLeast: 1.3 })} times its, and ${against(median(own.ms) / median(bare.ms), { atMost: 1.2 })} times the run alone`,
    );
  }
  return { name: 'tensors', title: 'A tensor in and out, binary', rows, findings };
}

/** @param perSecond in all */
function cellsOf(ms: readonly number[], perSecond: number): Record<string, number> {
  const { p50, p95, p99 } = summarise(ms);
  return { 'per second': perSecond, 'p50 ms': p50, 'p95 ms': p95, 'p99 ms': p99 };
}

interface Measured {
  name: string;
  ms: number[];
  perSecond: number[];
}

/** In turns, so that both meet the same moods of the machine. */
async function measure(
  servers: readonly { name: string; url: string }[],
  connections: number,
  requests: number,
): Promise<Measured[]> {
  const { body, headers } = request();
  const sides = servers.map(({ name, url }) => {
    const client = new HttpClient(url, connections);
    const send = async (): Promise<Answer> => client.post('/v2/models/lite0/infer', body, headers);
    const measured: Measured = { name, ms: [], perSecond: [] };
    return { client, send, measured };
  });
  for (const { send } of sides) await closedLoop(connections, WARM_UP, send);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { send, measured } of sides) {
      const { answers, perSecond } = await closedLoop(connections, requests, send);
      measured.ms.push(...answers.map(({ ms }) => ms));
      measured.perSecond.push(perSecond);
    }
  }
  for (const { client } of sides) client[Symbol.dispose]();
  return sides.map(({ measured }) => measured);
}

function request(): { body: Buffer; headers: Record<string, string> } {
  const values = new Float32Array(SHAPE.reduce((product, length) => product * length)).fill(0.1);
  const data = new Uint8Array(values.buffer);
  const input = {
    name: 'input',
    shape: SHAPE,
    datatype: 'FP32',
    parameters: { binary_data_size: data.byteLength },
  };
  const json = Buffer.from(JSON.stringify({ inputs: [input], parameters: { binary_data_output: true } }));
  return {
    body: Buffer.concat([json, data]),
    headers: {
      'Content-Type': 'application/octet-stream',
      'Inference-Header-Content-Length': String(json.byteLength),
    },
  };
}
