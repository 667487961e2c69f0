/** A photo to pixels: by sharp alone as the plain server asks for it, on a thread of ours, and in a process that can be killed. */
import { SERVICE_LIMITS } from '../src/config/limits.ts';
import { PictureDecoder, type PictureInput } from '../src/media/picture-decoder.ts';
import { pictureProcesses } from '../src/media/picture-process-handle.ts';
import type { Inputs } from './support/inputs.ts';
import { plainPixels } from './support/plain-pixels.ts';
import { against, type Section } from './support/report.ts';
import { median, summarise } from './support/statistics.ts';

const WANT: PictureInput = {
  width: 224,
  height: 224,
  fit: 'crop',
  cropFraction: 0.875,
  filter: 'bilinear',
  format: 'rgb8',
};
const ROUNDS = 400;

export async function benchPictures({ photos }: Inputs): Promise<Section> {
  await using decoder = new PictureDecoder(SERVICE_LIMITS);
  await using processes = pictureProcesses(SERVICE_LIMITS.slowPictures);
  const request = { kind: 'fixed', format: 'JPEG', want: WANT, limits: SERVICE_LIMITS } as const;
  const inProcess = async (photo: Buffer) =>
    processes.run(async (process, signal) => process.decode(request, photo, signal), {});
  const ways: Record<string, (photo: Buffer) => unknown> = {
    'sharp alone, as the plain server': plainPixels,
    'a quick photo': async (photo) => decoder.decode(photo, WANT),
    'the same in a process': inProcess,
    'of that on the main thread: reading the structure': (photo) => decoder.open(photo, WANT),
    'of that on the main thread: handing over to sharp': (photo) => {
      void decoder.open(photo, WANT).decode();
    },
    'of that on the main thread: a copy of the pixels': () => new Uint8Array(PIXELS),
  };
  const [first] = photos;
  const started = performance.now();
  if (first !== undefined) await inProcess(first);
  const startMs = performance.now() - started;
  const times = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    const photo = photos[round % photos.length] as Buffer;
    // In turns, so that all meet the same moods of the machine.
    for (const [name, way] of Object.entries(ways)) {
      const begun = performance.now();
      const done = way(photo);
      if (done instanceof Promise) await done;
      times.get(name)?.push(performance.now() - begun);
      // Work that was only handed over ends before the next picture is timed.
      await plainPixels(photo);
    }
  }
  const rows = [...times].map(([what, all]) => {
    const { p50, p95 } = summarise(all.slice(ROUNDS / 5));
    return { what, cells: { 'p50 ms': p50, 'p95 ms': p95 } };
  });
  rows.push({ what: 'the first in a process', cells: { 'p50 ms': startMs, 'p95 ms': startMs } });
  const [plain = [], quick = []] = times.values();
  return {
    name: 'pictures',
    title: 'A photo to pixels',
    rows,
    findings: [
      `a quick photo takes ${against(median(quick) / median(plain), { atMost: 1 })} times sharp alone`,
    ],
  };
}

const PIXELS = new Uint8Array(WANT.width * WANT.height * 3);
