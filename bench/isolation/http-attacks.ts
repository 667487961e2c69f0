/** Attacks of one client on the others: small files that take much work, and thousands of requests. */
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { silentFlac } from '../../test/media/support/sound-attacks.ts';
import {
  jpegOfScans,
  plainAvif,
  tiffOfPages,
  webpOfFrames,
} from '../../test/media/support/hostile-pictures.ts';
import { HOSTILE_GRAPHS } from '../../test/support/hostile-graphs.ts';
import { hostileJson } from '../../test/support/hostile-json.ts';
import { imageModel, speechModel } from '../../test/support/models.ts';
import { openConnection } from '../../test/support/raw-request.ts';

export interface Target {
  url: string;
  /** The directory of its models. */
  models: string;
}

export interface HttpAttack {
  name: string;
  /** Resolves to what is done again and again until the good requests are over. */
  prepare: (target: Target) => Promise<() => Promise<unknown>>;
  /** Whether it is for what speech needs. */
  slowsSpeech?: boolean;
}

const PHONE = [8_160, 6_144] as const;
const MiB = 2 ** 20;
const PHOTOS = `/models/${imageModel}`;
const SOUNDS = `/models/${speechModel}`;

/** Another client than that of the good requests, where the system has more than one loopback address. */
const ATTACKER = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';

const sending = (name: string, path: string, make: () => Uint8Array | Promise<Uint8Array>): HttpAttack => ({
  name,
  async prepare({ url }) {
    const body = await make();
    return async () => post(`${url}${path}`, body);
  },
});

const json = (name: string): HttpAttack =>
  sending(`JSON: ${name}`, `/v2/models/${imageModel}/infer`, () => Buffer.from(hostileJson(MiB)[name] ?? ''));

const graphInFolder = (name: string): HttpAttack => ({
  name: `a folder with ${name}`,
  async prepare({ url, models }) {
    const folder = join(models, 'hostile', '1');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'model.onnx'), HOSTILE_GRAPHS[name]?.().bytes ?? new Uint8Array());
    return async () => post(`${url}/v2/repository/models/hostile/load`, Buffer.from('{}'));
  },
});

export const HTTP_ATTACKS: readonly HttpAttack[] = [
  sending('JPEG of 2,646 scans', PHOTOS, () => jpegOfScans(PHONE, 2_646)),
  sending('JPEG of 50 megapixels and 100 scans', PHOTOS, () => jpegOfScans(PHONE, 100)),
  sending('TIFF of 9,999 pages', PHOTOS, () => tiffOfPages(9_999)),
  sending('AVIF of 24 megapixels', PHOTOS, async () => plainAvif([6_000, 4_000])),
  sending('WebP of 9,999 frames', PHOTOS, async () => webpOfFrames([10, 10], 9_999)),
  ...[
    { name: 'FLAC of silence', sampleRate: 48_000, channels: 2, seconds: 1_700 },
    { name: 'FLAC of 8 channels at 384 kHz', sampleRate: 384_000, channels: 8, seconds: 55 },
  ].map(({ name, seconds, ...shape }) => ({
    ...sending(name, SOUNDS, () => silentFlac(seconds, shape)),
    slowsSpeech: true,
  })),
  {
    name: 'sounds of 25 MB, twelve at a time',
    slowsSpeech: true,
    async prepare({ url }) {
      const body = new Uint8Array(24 * MiB);
      return async () => Promise.all(Array.from({ length: 12 }, async () => post(`${url}${SOUNDS}`, body)));
    },
  },
  json('an integer of all its digits'),
  json('names without end'),
  json('spaces between'),
  graphInFolder('a chain of 3,000 functions'),
  graphInFolder('50,000 constants, one after the other'),
  graphInFolder('a constant that is doubled 27 times'),
  graphInFolder('constants of 64 MiB, sixty of them'),
  {
    name: 'pipelined requests whose answers are not read',
    async prepare({ url }) {
      return async () => {
        const crowd = Array.from({ length: 50 }, () => openConnection(url, ATTACKER));
        for (const { socket } of crowd) {
          socket.pause();
          socket.write('GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1_390));
        }
        await pause(500);
        for (const connection of crowd) connection[Symbol.dispose]();
      };
    },
  },
  {
    name: 'a thousand idle connections',
    async prepare({ url }) {
      return async () => {
        const idle = Array.from({ length: 1_030 }, () => openConnection(url, ATTACKER));
        await pause(1_000);
        for (const connection of idle) connection[Symbol.dispose]();
      };
    },
  },
];

/** Resolves when it is answered or cut off. */
async function post(url: string, body: Uint8Array): Promise<void> {
  const type = body.at(0) === '{'.charCodeAt(0) ? 'application/json' : 'application/octet-stream';
  await new Promise<void>((resolve) => {
    const options = { method: 'POST', localAddress: ATTACKER, headers: { 'Content-Type': type } };
    const sent = request(url, options, (response) => response.resume().once('close', resolve));
    sent.on('error', () => resolve()).end(body);
  });
}
