/** Clients that go away at moments of their own choosing, and what they leave behind. */
import { setTimeout as pause } from 'node:timers/promises';
import { longSpeech } from '../../test/support/long-speech.ts';
import { residentMb, threadsOf } from '../support/child-server.ts';
import type { Inputs } from '../support/inputs.ts';
import { metricsOf } from '../support/metrics.ts';
import { startOurServer } from '../support/our-server.ts';
import type { Section } from '../support/report.ts';

const CLIENTS = 12;
/** The longest that a client stays: some hear their answer. */
const PATIENCE_MS = 400;
const SPEECH_SECONDS = 60;

/** Gauges that must be back at 0 when all clients are gone. */
const COUNTS = /^sandpiper_(requests_(present|waiting|running)|graph_runs|guest_threads\{state="working"\})/;

export async function benchAborts({ models, photos }: Inputs, seconds: number): Promise<Section> {
  await using server = await startOurServer(models);
  const sound = await longSpeech(SPEECH_SECONDS / 2);
  const send = async (index: number, signal: AbortSignal): Promise<Response> =>
    index % 3 === 0
      ? fetch(`${server.url}/models/moonshine-tiny`, { method: 'POST', body: sound, signal })
      : fetch(`${server.url}/models/efficientnet-lite0`, {
          method: 'POST',
          body: new Uint8Array(photos[index % photos.length] as Buffer),
          signal,
        });
  // As many as will be measured have passed before: pools and caches have the size that this load gives them.
  await leaveAtRandom(send, seconds / 2);
  const before = await settled(server);
  const started = performance.now();
  const counts = await leaveAtRandom(send, seconds);
  const elapsed = (performance.now() - started) / 1000;
  const after = await settled(server);
  return {
    name: 'aborts',
    title: `Clients that go away at random, for ${elapsed.toFixed(0)} s`,
    rows: [
      { what: 'before', cells: before.cells },
      { what: 'after', cells: after.cells },
    ],
    findings: [
      `${counts.gone} requests were left, ${counts.answered} were answered or refused first`,
      after.left.length === 0
        ? 'all counts of requests and busy threads are back at zero'
        : `NOT back at zero: ${after.left.join(', ')}`,
    ],
  };
}

async function leaveAtRandom(
  send: (index: number, signal: AbortSignal) => Promise<Response>,
  seconds: number,
): Promise<{ gone: number; answered: number }> {
  const counts = { gone: 0, answered: 0 };
  const end = performance.now() + 1000 * seconds;
  let next = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const signal = AbortSignal.timeout(Math.ceil(Math.random() * PATIENCE_MS));
      const answer = send(next++, signal).then(async (response) => response.arrayBuffer());
      await answer.then(
        () => counts.answered++,
        () => counts.gone++,
      );
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return counts;
}

async function settled({
  url,
  pid,
}: {
  url: string;
  pid: number;
}): Promise<{ cells: Record<string, number>; left: string[] }> {
  let left: string[] = [];
  for (let look = 0; look < 40; look++) {
    await pause(250);
    left = (await metricsOf(url)).filter((line) => COUNTS.test(line) && !line.endsWith(' 0'));
    if (left.length === 0) break;
  }
  await pause(2_000);
  const cells = { 'resident MB': await residentMb(pid), threads: await threadsOf(pid) };
  return { cells, left };
}
