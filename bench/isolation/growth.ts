/**
 * Memory and threads before and after thousands of hostile requests, in a process that is started as the
 * supervisor starts the service's.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ALLOCATOR } from '../../src/config/allocator.ts';
import type { Section } from '../support/report.ts';
import type { Reading } from './growth-process.ts';

const SCRIPT = fileURLToPath(new URL('growth-process.ts', import.meta.url));

/** @param attacks names of guests of test/guests */
export async function measureGrowth(attacks: readonly string[], requests: number): Promise<Section> {
  const readings: Reading[] = [];
  const child = spawn(process.execPath, [...process.execArgv, SCRIPT, String(requests), ...attacks], {
    env: { ...ALLOCATOR, ...process.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  for await (const line of createInterface(child.stdout)) readings.push(JSON.parse(line) as Reading);
  const [code] = (await exited) as [number | null];
  if (code !== 0) throw new Error(`${SCRIPT} ended with ${code}.`);
  return {
    name: 'growth',
    title: `Before, during and after ${requests} hostile requests, and as many good ones`,
    rows: readings.map(({ phase, requests: made, seconds, resident, threads }) => ({
      what: `${phase}, after ${made}`,
      cells: { 'resident MB': resident, threads: String(threads), seconds },
    })),
    findings: judge(readings),
  };
}

/**
 * A reading is a few MB up or down, so that the last one alone says little. What grows is above all that attacks had
 * come to before, and stays there; the good requests tell how much a process moves that is not attacked.
 */
function judge(readings: readonly Reading[]): string[] {
  const good = readings.filter(({ phase }) => phase === 'good');
  const before = readings.find(({ phase }) => phase === 'warm-up');
  const hostile = readings.filter(({ phase }) => phase === 'hostile');
  const after = hostile.at(-1);
  if (before === undefined || after === undefined) throw new Error('No reading was taken.');
  const half = Math.floor(hostile.length / 2);
  const earlier = Math.max(...[before, ...hostile.slice(0, half)].map(({ resident }) => resident));
  const last = mean(hostile.slice(half).map(({ resident }) => resident));
  const wrong = hostile.reduce((sum, reading) => sum + reading.wrong, 0);
  const grown = last > earlier || after.threads > before.threads;
  return [
    `${after.requests - wrong} of ${after.requests} attacks had a thread and came to what they must (aim: all)`,
    `resident memory was ${before.resident.toFixed(0)} MB before and ${after.resident.toFixed(0)} MB after; each 1,000 hostile requests added ${slope(hostile).toFixed(2)} MB, each 1,000 good ones ${slope(good).toFixed(2)} MB`,
    `in the second half it was ${last.toFixed(0)} MB, at its highest before that ${earlier.toFixed(0)} MB; threads went from ${before.threads} to ${after.threads} (aim: no growth, ${grown ? 'missed' : 'reached'})`,
  ];
}

/** Slope of the line of least squares, in MB per 1,000 requests. */
function slope(readings: readonly Reading[]): number {
  const x = mean(readings.map(({ requests }) => requests));
  const y = mean(readings.map(({ resident }) => resident));
  const sum = (f: (reading: Reading) => number) => readings.reduce((total, each) => total + f(each), 0);
  return (
    (1000 * sum(({ requests, resident }) => (requests - x) * (resident - y))) /
    sum(({ requests }) => (requests - x) ** 2)
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
