/** A model that does what the length of a sound says (test/guests/speech-by-length), behind the real service. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { expect } from 'vitest';
import { readContract } from '../../components/world.ts';
import type { ModelLimits } from '../../src/config/limits.ts';
import type { SettingsInput } from '../../src/config/settings.ts';
import { wavFile } from '../media/support/sounds.ts';
import { startServer, type TestServer } from './server.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The guest's action on a sound of so many tenths of a second. */
const TENTHS = {
  tell: 1,
  trap: 2,
  tellAnother: 3,
  keepQuiet: 4,
  tellAndLoop: 5,
  loop: 6,
  flood: 7,
  endBeforeStart: 8,
  timeNoNumber: 9,
  wordBeforeLast: 10,
  probabilityNoNumber: 11,
  progressBackwards: 12,
  tellOptions: 13,
};

export const speechGuest = 'by-length';

/** A sound that has the guest do this. */
export function soundTo(what: keyof typeof TENTHS): Buffer<ArrayBuffer> {
  return Buffer.from(wavFile(new Uint8Array(TENTHS[what] * 1_600 * 2)));
}

export interface SpeechServer extends TestServer {
  /** Waits until nobody has a place with the model. */
  allPlacesFree(): Promise<void>;
}

export async function startSpeechServer(settings: SettingsInput = {}): Promise<SpeechServer> {
  const folder = await temporaryFolder('sandpiper-speech-');
  try {
    await writeSpeechGuest(folder.path);
    const cacheDir = join(folder.path, '.cache');
    const server = await startServer({ models: folder.path, cacheDir, ...settings });
    const present = async () =>
      /^sandpiper_requests_present\{.*\} (\d+)$/m.exec(await server.service.metrics())?.[1];
    return {
      ...server,
      allPlacesFree: async () => expect.poll(present, { interval: 5, timeout: 10_000 }).toBe('0'),
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

/** Puts the model into a directory of models, in each of these versions, its text edited. */
export async function writeSpeechGuest(
  models: string,
  {
    versions = [1],
    limits = {},
    edit,
  }: { versions?: readonly number[]; limits?: Partial<ModelLimits>; edit?: (text: string) => string } = {},
): Promise<void> {
  const files = { 'guest.wasm': await buildGuest(edit), 'sample.wav': soundTo('tell') };
  const named = (file: keyof typeof files) => ({
    file,
    sha256: createHash('sha256').update(files[file]).digest('hex'),
  });
  const manifest = {
    task: 'speech-transcription',
    component: named('guest.wasm'),
    graphs: {},
    sample: { ...named('sample.wav'), expect: 'Hello world' },
    limits,
    licence: 'Apache-2.0',
    source: 'made by a test',
  };
  for (const version of versions) {
    const folder = join(models, speechGuest, String(version));
    await mkdir(folder, { recursive: true });
    for (const [file, bytes] of Object.entries(files)) await writeFile(join(folder, file), bytes);
    await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
  }
}

async function buildGuest(edit = (text: string): string => text): Promise<Uint8Array> {
  const text = await readFile(join(import.meta.dirname, '../guests/speech-by-length/guest.wat'), 'utf8');
  const binary = await parse(edit(text));
  const witSource = await readContract();
  return componentNew(
    await componentEmbed({ binary, witSource, world: 'speech-transcriber', stringEncoding: 'utf8' }),
  );
}
