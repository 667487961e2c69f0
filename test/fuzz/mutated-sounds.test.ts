import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';

// A fast selection; `npm run test:fuzz` sets FUZZ_MUTANTS to thousands. What a report calls mutant 123 comes
// back with its seed and FUZZ_FIRST=123 FUZZ_MUTANTS=1.
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_128);
const MUTANTS = Number(process.env['FUZZ_MUTANTS'] ?? 500);
const FIRST = Number(process.env['FUZZ_FIRST'] ?? 0);
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 12);

/** No mutant asks for more than seconds of work: a child that is silent for longer is in a call without end. */
const SILENCE_MS = 30_000;

interface Line {
  begins?: number;
  number?: number;
  outcome?: string;
  rss?: number;
}

test(
  'mutated FLAC and WebM files come to an outcome that is foreseen, in a process that neither ends nor grows',
  async () => {
    const script = new URL('mutated-sounds-child.ts', import.meta.url).pathname;
    const options = [SEED, FIRST, MUTANTS, SECONDS * 1_000].map(String);
    const child = spawn(process.execPath, [script, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
    const outcomes: Record<string, number> = {};
    const surprises: string[] = [];
    let last = -1;
    let largest = 0;
    const silence = setTimeout(() => child.kill('SIGKILL'), SILENCE_MS);
    for await (const text of createInterface(child.stdout)) {
      silence.refresh();
      const { begins = last, number, outcome = '', rss = 0 } = JSON.parse(text) as Line;
      last = begins;
      largest = Math.max(largest, rss);
      if (number === undefined) continue;
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (outcome.startsWith('surprise')) surprises.push(`mutant ${number}: ${outcome}`);
    }
    clearTimeout(silence);
    const [status, signal] = await ended;
    if (status !== 0) surprises.push(`mutant ${last} ended the process: ${status ?? signal}`);
    process.stdout.write(`${JSON.stringify({ seed: SEED, outcomes, megabytes: largest / 1e6 })}\n`);
    expect(surprises).toEqual([]);
    expect(outcomes['decoded']).toBeGreaterThan(0);
    expect(largest).toBeLessThan(1.5e9);
  },
  (SECONDS + 60) * 1_000,
);
