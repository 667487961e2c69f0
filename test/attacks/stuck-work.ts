/** Work in which a service gets stuck where nobody can stop it, or waits for what never comes. */
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import { jpegOfScans } from '../media/support/hostile-pictures.ts';
import { silentFlac } from '../media/support/sound-attacks.ts';
import { buildText, buildWaitingForHttp } from '../support/attack-guest.ts';
import type { RunningCli } from '../support/cli.ts';
import { pictureTo, writeColourModel } from '../support/colour-models.ts';
import { HOSTILE_GRAPHS } from '../support/hostile-graphs.ts';
import { binaryBody, bytesOf } from '../support/infer-client.ts';
import { copyModels, speechModel } from '../support/models.ts';
import { identityModel, manyBoxes, manyBoxesModel, spinningModel } from '../support/onnx-models.ts';
import { commandLineOf, descendantsOf } from '../support/processes.ts';
import { openRealtime } from '../support/realtime-client.ts';
import { locals } from './component-bombs.ts';

export interface StuckModels extends AsyncDisposable {
  readonly path: string;
  /** Takes connections and answers nothing. */
  readonly silent: Server;
}

export interface StuckService extends RunningCli {
  readonly url: string;
  readonly models: StuckModels;
}

/** Folders of these are loaded while the service runs. */
const LATE = ['late-graph', 'late-component'];

export async function writeStuckModels(): Promise<StuckModels> {
  const { path, ...copy } = await copyModels([speechModel]);
  const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const authority = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const component = await buildWaitingForHttp(authority);
  await writeColourModel(join(path, 'colour', '1'), {});
  await writeColourModel(join(path, 'http', '1'), { component, grants: { http: [`http://${authority}`] } });
  await writeGraph(path, 'spin', spinningModel());
  await writeGraph(path, 'boxes', manyBoxesModel());
  await writeGraph(path, 'same', identityModel('FLOAT', [null]));
  return {
    path,
    silent,
    async [Symbol.asyncDispose]() {
      silent.close();
      await copy[Symbol.asyncDispose]();
    },
  };
}

export async function removeLateModels({ path }: StuckModels): Promise<void> {
  for (const name of LATE) await rm(join(path, name), { recursive: true, force: true });
}

let tried = 0;

/** Each resolves when the work is under way. */
export const STUCK: Readonly<Record<string, (service: StuckService) => Promise<unknown>>> = {
  'live sound': async ({ url }) => {
    const client = await openRealtime(url);
    client.socket.on('error', () => {});
    await client.next('session.created');
  },
  'graphs that loop': async (service) => {
    const inputs = [{ name: 'iterations', shape: [], datatype: 'INT64', data: [2 ** 52] }];
    await Promise.all(four(async () => send(service, '/v2/models/spin/infer', JSON.stringify({ inputs }))));
    await expect.poll(async () => metricsOf(service)).toMatch(/^sandpiper_graph_runs [1-9]/m);
  },
  'graphs inside one operator': async (service) => {
    const count = 250_000;
    const { boxes, scores } = manyBoxes(count);
    const tensor = (name: string, shape: readonly number[], bytes: number): object => ({
      name,
      shape,
      datatype: 'FP32',
      parameters: { binary_data_size: bytes },
    });
    const inputs = [
      tensor('boxes', [1, count, 4], boxes.byteLength),
      tensor('scores', [1, 1, count], scores.byteLength),
    ];
    const { body, headers } = binaryBody({ inputs }, bytesOf(boxes), bytesOf(scores));
    await Promise.all(four(async () => send(service, '/v2/models/boxes/infer', body, headers)));
    await expect.poll(async () => metricsOf(service)).toMatch(/^sandpiper_graph_runs [1-9]/m);
  },
  'components that loop': async (service) => {
    const picture = await pictureTo('loop');
    await Promise.all(four(async () => send(service, '/models/colour', picture)));
    await expect
      .poll(async () => metricsOf(service))
      .toMatch(/^sandpiper_guest_threads\{.*working"\} [1-9]/m);
  },
  'a component that waits for an answer by HTTP': async (service) => {
    const asked = once(service.models.silent, 'connection');
    await send(service, '/models/http', await pictureTo('trap'));
    await asked;
  },
  'slow pictures': async (service) => {
    const picture = jpegOfScans([8_160, 6_144], 100);
    await Promise.all(four(async () => send(service, '/models/colour', picture)));
    await untilProcess(service, 'picture-process');
  },
  'long sounds': async (service) => {
    const sound = silentFlac(1_700, { sampleRate: 48_000, channels: 2 });
    await Promise.all(four(async () => send(service, `/models/${speechModel}`, sound)));
  },
  'long JSON': async (service) => {
    const data = Array<number>(500_000).fill(1.5);
    const body = JSON.stringify({ inputs: [{ name: 'x', shape: [data.length], datatype: 'FP32', data }] });
    await Promise.all(four(async () => send(service, '/v2/models/same/infer', body)));
  },
  'a graph that is tried': async (service) => {
    const { bytes } = HOSTILE_GRAPHS['50,000 constants, one after the other']?.() ?? {};
    await writeGraph(service.models.path, 'late-graph', bytes ?? new Uint8Array());
    await send(service, '/v2/repository/models/late-graph/load', '{}');
    await untilProcess(service, 'graph-trial-process');
  },
  'a component that is tried': async (service) => {
    // Another one each time: what comes of one is kept.
    const component = await buildText(locals(900 + tried++, '(loop)'.repeat(4_000)));
    await writeColourModel(join(service.models.path, 'late-component', '1'), { component });
    await send(service, '/v2/repository/models/late-component/load', '{}');
    await untilProcess(service, 'file-trial-process');
  },
};

/** The command lines of what the service has started. */
export async function processesOf({ process }: StuckService): Promise<string> {
  return (await Promise.all((await descendantsOf(process.pid ?? 0)).map(commandLineOf))).join('\n');
}

function four<Made>(make: () => Made): Made[] {
  return [make(), make(), make(), make()];
}

/** Resolves when all of it is sent. What is answered, if anything is, does not matter. */
async function send(
  { url }: StuckService,
  path: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const sent = request(`${url}${path}`, { method: 'POST', headers }, (response) => response.resume());
  sent.on('error', () => {});
  await new Promise<void>((resolve) => {
    sent.end(body, resolve);
    sent.once('close', resolve);
  });
}

async function metricsOf({ url }: StuckService): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

async function untilProcess(service: StuckService, name: string): Promise<void> {
  await expect.poll(async () => processesOf(service), { interval: 5 }).toContain(name);
}

async function writeGraph(models: string, name: string, graph: Uint8Array): Promise<void> {
  await mkdir(join(models, name, '1'), { recursive: true });
  await writeFile(join(models, name, '1', 'model.onnx'), graph);
}
