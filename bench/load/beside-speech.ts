/** Photos while long sounds are transcribed. */
import { setTimeout as pause } from 'node:timers/promises';
import { longSpeech } from '../../test/support/long-speech.ts';
import { closedLoop, HttpClient } from '../support/http-client.ts';
import type { Inputs } from '../support/inputs.ts';
import { loopDelayMs } from '../support/metrics.ts';
import { startOurServer } from '../support/our-server.ts';
import { against, type Section } from '../support/report.ts';
import { summarise } from '../support/statistics.ts';

const SOUNDS = 2;
/** Times that the sample of three seconds is said: twelve minutes, as much as an upload may be. */
const SAYINGS = 240;

export async function benchBesideSpeech({ models, photos }: Inputs, seconds: number): Promise<Section> {
  await using server = await startOurServer(models);
  const sound = await longSpeech(SAYINGS);
  using client = new HttpClient(server.url, 64);
  const send = async (index: number) =>
    client.post('/models/efficientnet-lite0', photos[index % photos.length] as Buffer);
  await closedLoop(4, 60, send);
  const rows: Section['rows'] = [];
  const findings: string[] = [];
  for (const clients of [1, 4]) {
    const requests = Math.ceil((clients === 1 ? 20 : 40) * seconds);
    const measure = async () =>
      summarise((await closedLoop(clients, requests, send)).answers.map(({ ms }) => ms));
    const alone = await measure();
    const speech = speak(server.url, sound);
    await pause(1_000);
    await loopDelayMs(server.url);
    const beside = await measure();
    const delayMs = await loopDelayMs(server.url);
    const lasted = await speech.hangUp();
    const kinds = { alone, [`beside ${SOUNDS} long sounds`]: beside };
    for (const [what, { p50, p95, p99 }] of Object.entries(kinds))
      rows.push({
        what: `${clients} clients ${what}`,
        cells: { 'p50 ms': p50, 'p95 ms': p95, 'p99 ms': p99 },
      });
    findings.push(
      `p99 with ${clients} clients is ${against(beside.p99 / alone.p99, { atMost: 3 })} times that alone`,
      `event-loop delay p99 ${against(delayMs, { atMost: 20 })} ms; ${lasted} of ${SOUNDS} sounds lasted as long`,
    );
  }
  return { name: 'beside-speech', title: 'Photos beside long speech', rows, findings };
}

/** @returns a way to end it, which tells how many sounds were still being transcribed */
function speak(url: string, body: Buffer<ArrayBuffer>): { hangUp: () => Promise<number> } {
  const leaving = new AbortController();
  let ended = 0;
  const sounds = Array.from({ length: SOUNDS }, async () =>
    fetch(`${url}/models/moonshine-tiny`, { method: 'POST', body, signal: leaving.signal }).then(
      () => ended++,
      () => undefined,
    ),
  );
  return {
    hangUp: async () => {
      const lasted = SOUNDS - ended;
      leaving.abort();
      await Promise.all(sounds);
      return lasted;
    },
  };
}
