/** Good photos by HTTP beside a client that sends files which are small and ask for much work: none lost, and how late. */
import { request } from 'node:http';
import { readFile } from 'node:fs/promises';
import { silentFlac } from '../../test/media/support/sound-attacks.ts';
import {
  jpegOfScans,
  plainAvif,
  tiffOfPages,
  webpOfFrames,
} from '../../test/media/support/hostile-pictures.ts';
import { hostileJson } from '../../test/support/hostile-json.ts';
import { closedLoop, HttpClient } from '../support/http-client.ts';
import { startOurServer } from '../support/our-server.ts';
import type { Section } from '../support/report.ts';
import { summarise } from '../support/statistics.ts';

const REQUESTS = 200;
const PHONE = [8_160, 6_144] as const;
const PHOTOS = '/models/efficientnet-lite0';
const SOUNDS = '/models/moonshine-tiny';
const TENSORS = '/v2/models/efficientnet-lite0/infer';
const MiB = 2 ** 20;

/** Another client than that of the good requests, where the system has more than one loopback address. */
const ATTACKER = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';

interface Attack {
  name: string;
  path: string;
  body: Uint8Array;
  type: string;
}

export async function measureFiles(): Promise<Section> {
  await using server = await startOurServer('models');
  const photo = await readFile('models/efficientnet-lite0/1/sample.png');
  const rows: Section['rows'] = [];
  let spoilt = 0;
  for (const attack of [undefined, ...(await attacks())]) {
    const state = { over: false, sent: 0 };
    const attacking = attack && keepSending(server.url, attack, state);
    using client = new HttpClient(server.url, 2);
    const { answers } = await closedLoop(2, REQUESTS, async () =>
      client.post(PHOTOS, photo, { 'Content-Type': 'application/octet-stream' }),
    );
    state.over = true;
    await attacking;
    const lost = answers.filter(({ status }) => status !== 200).length;
    spoilt += lost;
    const { p50, p99 } = summarise(answers.map(({ ms }) => ms));
    rows.push({
      what: attack === undefined ? 'alone' : `beside ${attack.name}`,
      cells: { 'p50 ms': p50, 'p99 ms': p99, lost, attacks: state.sent },
    });
  }
  return {
    name: 'files',
    title: `${REQUESTS} photos, two at a time, beside one client that sends hostile files, one after another`,
    rows,
    findings: [`${spoilt} good requests were lost (aim: none)`],
  };
}

async function attacks(): Promise<Attack[]> {
  const picture = (name: string, body: Uint8Array): Attack => ({
    name,
    path: PHOTOS,
    body,
    type: 'application/octet-stream',
  });
  const json = 'an integer of all its digits';
  const text = hostileJson(MiB)[json] ?? '';
  return [
    picture('JPEG of 2,646 scans', jpegOfScans(PHONE, 2_646)),
    picture('JPEG of 50 megapixels and 100 scans', jpegOfScans(PHONE, 100)),
    picture('TIFF of 9,999 pages', tiffOfPages(9_999)),
    picture('AVIF of 24 megapixels', await plainAvif([6_000, 4_000])),
    picture('WebP of 9,999 frames', await webpOfFrames([10, 10], 9_999)),
    {
      name: 'FLAC of silence',
      path: SOUNDS,
      body: silentFlac(1_700, { sampleRate: 48_000, channels: 2 }),
      type: 'application/octet-stream',
    },
    { name: `JSON: ${json}`, path: TENSORS, body: Buffer.from(text), type: 'application/json' },
  ];
}

async function keepSending(
  url: string,
  { path, body, type }: Attack,
  state: { over: boolean; sent: number },
): Promise<void> {
  while (!state.over) {
    await new Promise<void>((resolve) => {
      const options = { method: 'POST', localAddress: ATTACKER, headers: { 'Content-Type': type } };
      const sent = request(`${url}${path}`, options, (response) => response.resume().once('end', resolve));
      sent.on('error', () => resolve()).end(body);
    });
    state.sent++;
  }
}
