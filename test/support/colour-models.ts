/** Models that do what the colour of a picture says (test/guests/by-colour), behind the real service. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect } from 'vitest';
import type { Grants } from '../../src/capabilities/capabilities.ts';
import type { ModelLimits } from '../../src/config/limits.ts';
import type { SettingsInput } from '../../src/config/settings.ts';
import type { Sandpiper } from '../../src/index.ts';
import { buildGuest } from './attack-guest.ts';
import { guestCache } from './guest-cache.ts';
import { spinningModel } from './onnx-models.ts';
import { startServer, type TestServer } from './server.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The guest's action on a picture of this red. */
const REDS = {
  trap: 0,
  scoreNoNumber: 10,
  classBeyondLabels: 20,
  repeatClass: 30,
  shuffle: 40,
  refuse: 50,
  log: 75,
  loop: 100,
  logAndLoop: 110,
  spin: 150,
  deep: 200,
  leak: 225,
  answer: 255,
};

/** A picture that has the guest do this. */
export async function pictureTo(what: keyof typeof REDS): Promise<Buffer> {
  const background = { r: REDS[what], g: 0, b: 0 };
  return sharp({ create: { width: 2, height: 2, channels: 3, background } })
    .png()
    .toBuffer();
}

export interface ColourServer extends TestServer {
  /** The models directory. */
  readonly models: string;
  /** One series of the metrics, such as `requests_total{model="a",outcome="ok"}`; undefined: there is none. */
  metric(series: string): Promise<number | undefined>;
  /** Waits until a series has this value, for half a minute at most. */
  until(series: string, value: number): Promise<void>;
  /** Waits until no guest thread works, the making of instances ahead included: the next that works is a request's. */
  quiet(): Promise<void>;
}

/** A service with these models, each with its own limits. */
export async function startColourServer(
  models: Readonly<Record<string, Partial<ModelLimits>>>,
  settings: SettingsInput = {},
): Promise<ColourServer> {
  const folder = await temporaryFolder('sandpiper-colours-');
  try {
    for (const [name, limits] of Object.entries(models))
      await writeColourModel(join(folder.path, name, '1'), { limits });
    const server = await startServer({
      models: folder.path,
      cacheDir: guestCache,
      guestThreads: 2,
      concurrentRuns: 2,
      ...settings,
    });
    const metric = async (series: string) => metricOf(server.service, series);
    const until = async (series: string, value: number) =>
      expect.poll(async () => metric(series), { interval: 5, timeout: 30_000 }).toBe(value);
    return {
      ...server,
      models: folder.path,
      metric,
      until,
      quiet: async () => until('guest_threads{state="working"}', 0),
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]();
        await folder[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

async function metricOf(service: Sandpiper, series: string): Promise<number | undefined> {
  const lines = (await service.metrics()).split('\n');
  const line = lines.find((candidate) => candidate.startsWith(`sandpiper_${series} `));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
}

/** @param folder of the version */
export async function writeColourModel(
  folder: string,
  {
    limits = {},
    component,
    grants = {},
  }: { limits?: Partial<ModelLimits>; component?: Uint8Array; grants?: Partial<Grants> },
): Promise<void> {
  const files = {
    'guest.wasm': component ?? (await buildGuest('by-colour')),
    'spin.onnx': spinningModel(),
    'labels.txt': Buffer.from('red\ngreen\nblue\n'),
    'sample.png': await pictureTo('answer'),
  };
  const named = (file: keyof typeof files) => ({
    file,
    sha256: createHash('sha256').update(files[file]).digest('hex'),
  });
  const manifest = {
    task: 'image-classification',
    component: named('guest.wasm'),
    graphs: { spin: named('spin.onnx') },
    labels: named('labels.txt'),
    sample: { ...named('sample.png'), expect: 'red' },
    limits,
    grants: { logging: true, ...grants },
    licence: 'Apache-2.0',
    source: 'made by a test',
  };
  await mkdir(folder, { recursive: true });
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(folder, file), bytes);
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
}
