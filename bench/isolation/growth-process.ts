/**
 * The process that `growth.ts` starts: good requests, a warm-up of attacks, attacks; each eighth of the good and of the hostile
 * ends in a reading, which is one line of JSON.
 *
 *   node growth-process.ts REQUESTS GUEST...
 */
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AttackHost } from '../../test/support/attack-host.ts';
import { residentMb, threadsOf } from '../support/child-server.ts';
import { attackWith, installAttacks, PATIENCE_MS } from './attack.ts';

export interface Reading {
  phase: 'good' | 'warm-up' | 'hostile';
  /** Made in this phase so far. */
  requests: number;
  /** In which those since the last reading were made. */
  seconds: number;
  resident: number;
  threads: number;
  /** Requests since the last reading that came to something else than they must. */
  wrong: number;
}

/** Resolves to whether the request came to what it must. */
type MakeRequest = (index: number) => Promise<boolean>;

const CLIENTS = 2;
/** The part of the attacks that is a warm-up: after these, what is made once is there, and caches have their size. */
const WARM_UP = 1 / 4;
const PARTS = 8;

async function main(requests: number, names: readonly string[]): Promise<void> {
  await using host = await AttackHost.open(CLIENTS);
  const attacks = await installAttacks(host, names);
  const good: MakeRequest = async () =>
    (await host.call('good@1', { deadlineMs: PATIENCE_MS })).outcome === 'value';
  const hostile: MakeRequest = async (index) => {
    const attack = attacks[index % attacks.length];
    return attack !== undefined && attackWith(host, attack);
  };
  const measure = async (phase: Reading['phase'], total: number, parts: number, make: MakeRequest) => {
    for (let part = 1, made = 0; part <= parts; part++) {
      const until = Math.round((total * part) / parts);
      const started = performance.now();
      const wrong = await makeAll(made, until, make);
      const seconds = (performance.now() - started) / 1000;
      host.log.length = 0;
      await rest(host);
      const [resident, threads] = [await residentMb(process.pid), await threadsOf(process.pid)];
      const reading = { phase, requests: until, seconds, resident, threads, wrong } satisfies Reading;
      console.log(JSON.stringify(reading));
      made = until;
    }
  };
  await measure('good', requests, PARTS, good);
  await measure('warm-up', Math.round(WARM_UP * requests), 1, hostile);
  await measure('hostile', requests, PARTS, hostile);
}

/** @returns how many came to something else than they must */
async function makeAll(from: number, to: number, make: MakeRequest): Promise<number> {
  let next = from;
  let wrong = 0;
  const client = async () => {
    while (next < to) if (!(await make(next++))) wrong++;
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return wrong;
}

/** Replaced threads end meanwhile; what only waits for the collector is no growth. */
async function rest(host: AttackHost): Promise<void> {
  for (let request = 0; request < 20; request++) await host.call('good@1', { deadlineMs: PATIENCE_MS });
  await pause(2_000);
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

const [requests, ...names] = process.argv.slice(2);
await main(Number(requests), names);
