/** Good requests by HTTP beside one client that attacks: none lost, none wrong, and how late. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { copyModels, imageModel, readSample, speechModel } from '../../test/support/models.ts';
import { HttpClient } from '../support/http-client.ts';
import { startOurServer } from '../support/our-server.ts';
import type { Section } from '../support/report.ts';
import { summarise } from '../support/statistics.ts';
import type { AttackerData, FromAttacker } from './attacker-thread.ts';
import { HTTP_ATTACKS, type HttpAttack } from './http-attacks.ts';

/** Two of these are asked at a time. */
interface Good {
  /** In the plural. */
  what: string;
  path: string;
  body: Uint8Array;
  requests: number;
  /** The part of an answer that must be the same each time. */
  told: (answer: unknown) => unknown;
}

type Beside = Record<'p50 ms' | 'p99 ms' | 'lost' | 'wrong' | 'attacks', number>;

/** @param requests good ones beside each attack; a fifth as many where they are speech */
export async function measureClients(requests: number): Promise<Section> {
  await using models = await copyModels([imageModel, speechModel]);
  await using server = await startOurServer(models.path, '--log-level', 'silent');
  const [photo, clip] = await Promise.all([readSample(imageModel), readSample(speechModel)]);
  const photos: Good = {
    what: 'photos',
    path: `/models/${imageModel}`,
    body: photo.bytes,
    requests,
    told: (answer) => (answer as { label: string }[])[0]?.label,
  };
  const speech: Good = {
    what: 'clips of speech',
    path: `/models/${speechModel}`,
    body: clip.bytes,
    requests: Math.max(2, Math.round(requests / 5)),
    told: (answer) => (answer as { text: string }).text,
  };
  const rows: Section['rows'] = [];
  let spoilt = 0;
  const measure = async (good: Good, attack: HttpAttack | undefined, right: unknown) => {
    const { told, ...cells } = await goodRequests(server.url, models.path, good, attack, right);
    spoilt += cells.lost + cells.wrong;
    rows.push({ what: `${good.what} ${attack === undefined ? 'alone' : `beside ${attack.name}`}`, cells });
    return told;
  };
  for (const good of [photos, speech]) {
    const right = await measure(good, undefined, undefined);
    for (const attack of HTTP_ATTACKS)
      if (good === photos || attack.slowsSpeech === true) await measure(good, attack, right);
  }
  return {
    name: 'clients',
    title: `${requests} photos and a fifth as many clips, two at a time, beside one client that attacks`,
    rows,
    findings: [`${spoilt} good requests were lost or wrong (aim: none)`],
  };
}

/** @param right what the answers must tell; undefined: what the first one tells */
async function goodRequests(
  url: string,
  models: string,
  { path, body, requests, told }: Good,
  attack: HttpAttack | undefined,
  right: unknown,
): Promise<Beside & { told: unknown }> {
  const attacker = attack && (await startAttacker({ name: attack.name, target: { url, models } }));
  using client = new HttpClient(url, 2);
  const ms: number[] = [];
  const counts = { lost: 0, wrong: 0 };
  let left = requests;
  let expected = right;
  const ask = async (): Promise<void> => {
    while (left-- > 0) {
      const answer = await client
        .post(path, body, { 'Content-Type': 'application/octet-stream' })
        .catch(() => undefined);
      if (answer?.status !== 200) {
        counts.lost++;
        continue;
      }
      ms.push(answer.ms);
      const said = told(JSON.parse(answer.body.toString()));
      expected ??= said;
      if (said !== expected) counts.wrong++;
    }
  };
  await Promise.all([ask(), ask()]);
  const attacks = (await attacker?.end()) ?? 0;
  const { p50, p99 } = summarise(ms);
  return { 'p50 ms': p50, 'p99 ms': p99, ...counts, attacks, told: expected };
}

/** Resolves when it attacks. `end` resolves with how often it did when the last attack is over. */
async function startAttacker(workerData: AttackerData): Promise<{ end: () => Promise<number> }> {
  const thread = new Worker(new URL('attacker-thread.ts', import.meta.url), { workerData });
  const told = async (): Promise<FromAttacker> => ((await once(thread, 'message')) as [FromAttacker])[0];
  await told();
  const over = told();
  return {
    async end() {
      thread.postMessage('over');
      const last = await over;
      return last.kind === 'over' ? last.attacks : 0;
    },
  };
}
