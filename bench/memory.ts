/** Memory of all processes, beside a script that loads the same graphs: at rest, after work, by threads and by models. */
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { temporaryFolder } from '../test/support/temporary-folder.ts';
import { startServer, type ChildServer } from './support/child-server.ts';
import { HttpClient } from './support/http-client.ts';
import { graphsIn, type Inputs } from './support/inputs.ts';
import { against, type Section } from './support/report.ts';

const REST_MS = 60_000;
/** More than `idleMs`, after which memory is given back. */
const SETTLE_MS = 15_000;
const PHOTOS = 200;
const SOUNDS = 28;
const COPIES = 50;

const SERVICE = '../dist/src/cli/sandpiper.js';
const flagsFor = (models: string): string[] => [
  '--port',
  '0',
  '--json',
  '--models',
  models,
  '--log-level',
  'error',
];

export async function benchMemory(inputs: Inputs): Promise<Section> {
  const script = await measured('load-only.ts', await graphsIn(inputs.models));
  const rows: Section['rows'] = [{ what: 'a script that loads the graphs', cells: { MB: script } }];
  const note = (what: string, MB: number): number => {
    rows.push({ what, cells: { MB, 'above the script': MB - script } });
    return MB;
  };
  await using service = await startServer(SERVICE, flagsFor(inputs.models));
  await pause(REST_MS);
  const rest = note('sandpiper, 60 s after ready', await service.memoryMb());
  await work(service, inputs);
  await pause(REST_MS);
  const worked = note(`after ${PHOTOS} photos and ${SOUNDS} clips`, await service.memoryMb());
  const [few, many] = [2, 6];
  const threads = async (count: number): Promise<number> =>
    note(
      `with ${count} guest threads`,
      await measured(SERVICE, [...flagsFor(inputs.models), '--guest-threads', String(count)]),
    );
  const [most, least] = [await threads(many), await threads(few)];
  const each = (most - least) / (many - few);
  const copies = await measureCopies(inputs);
  rows.push(...copies.rows);
  return {
    name: 'memory',
    title: 'Memory of all processes (proportional set size)',
    rows,
    findings: [
      `at rest ${against(rest - script, { atMost: 100 })} MB above the script, after work ${against(worked - script, { atMost: 100 })}`,
      `each further guest thread takes ${against(each, { atMost: 12 })} MB`,
      copies.finding,
    ],
  };
}

/** @returns MB, when memory has been given back after the start */
async function measured(script: string, args: readonly string[]): Promise<number> {
  await using server = await startServer(script, args);
  await pause(SETTLE_MS);
  return await server.memoryMb();
}

async function work(service: ChildServer, { photos, sounds }: Inputs): Promise<void> {
  using client = new HttpClient(service.url, 1);
  const image = { 'Content-Type': 'application/octet-stream' };
  for (let index = 0; index < PHOTOS; index++)
    await client.post('/models/efficientnet-lite0', photos[index % photos.length] ?? Buffer.alloc(0), image);
  for (let index = 0; index < SOUNDS; index++)
    await client.post('/models/moonshine-tiny', sounds[index % sounds.length] ?? Buffer.alloc(0), image);
}

/** Copies of the photo model, each served for itself. */
async function measureCopies({ models }: Inputs): Promise<{ rows: Section['rows']; finding: string }> {
  await using folder = await temporaryFolder('sandpiper-copies-');
  const copy = async (count: number): Promise<{ MB: number; readyMs: number }> => {
    const path = join(folder.path, String(count));
    for (let index = 0; index < count; index++) {
      await mkdir(join(path, `copy-${index}`), { recursive: true });
      await cp(join(models, 'efficientnet-lite0', '1'), join(path, `copy-${index}`, '1'), {
        recursive: true,
      });
    }
    await using service = await startServer(SERVICE, flagsFor(path));
    await pause(SETTLE_MS);
    return { MB: await service.memoryMb(), readyMs: service.readyMs };
  };
  const [one, all] = [await copy(1), await copy(COPIES)];
  const more = COPIES - 1;
  return {
    rows: [
      { what: 'one copy of the photo model', cells: { MB: one.MB, 'ready ms': one.readyMs } },
      { what: `${COPIES} copies`, cells: { MB: all.MB, 'ready ms': all.readyMs } },
    ],
    finding: `each further copy takes ${((all.MB - one.MB) / more).toFixed(1)} MB and ${((all.readyMs - one.readyMs) / more).toFixed(0)} ms of start`,
  };
}
